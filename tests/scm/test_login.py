"""A token is looked for when it is needed, again when it is refused, and is sent to no server that may not have it."""

from __future__ import annotations

import asyncio

import pytest

from agent_orchestrator.net.credential import Credential
from agent_orchestrator.plugins.services.address import address
from agent_orchestrator.plugins.services.login import Login


class Finds:
    """What is found, one after the other, and how often was looked."""

    def __init__(self, *tokens: str) -> None:
        self.tokens, self.looked, self.now = list(tokens), 0, 1000.0

    async def __call__(self) -> Credential | None:
        self.looked += 1
        token = self.tokens.pop(0) if len(self.tokens) > 1 else self.tokens[0]
        return Credential(token) if token else None

    def login(self) -> Login:
        return Login(self, lambda: self.now)


async def test_it_is_looked_for_once_and_not_before_it_is_needed():
    finds = Finds("a")
    login = finds.login()
    assert finds.looked == 0
    assert [(await login.credential()).token for _ in range(3)] == ["a"] * 3
    assert finds.looked == 1


async def test_one_that_is_refused_is_looked_for_again_once_in_minutes():
    finds = Finds("a", "b")
    login = finds.login()
    refused = await login.credential()
    assert await login.another(refused) is None
    finds.now += 181
    assert (await login.another(refused)).token == "b"
    assert (await login.credential()).token == "b"


async def test_a_search_that_was_cut_short_is_made_again_at_once():
    began, never = asyncio.Event(), asyncio.Event()

    async def find():
        if not began.is_set():
            began.set()
            await never.wait()
        return Credential("a")

    login = Login(find, lambda: 1000.0)
    first = asyncio.create_task(login.credential())
    await began.wait()
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    assert (await login.credential()).token == "a"


async def test_who_was_refused_with_the_old_one_gets_the_new_one_at_once():
    finds = Finds("a", "b")
    login = finds.login()
    refused = await login.credential()
    finds.now += 181
    await login.another(refused)
    assert (await login.another(refused)).token == "b"
    assert finds.looked == 2


async def test_where_there_is_none_it_is_looked_for_again_once_in_minutes():
    finds = Finds("", "a")
    login = finds.login()
    assert [await login.credential() for _ in range(3)] == [None] * 3
    assert finds.looked == 1
    finds.now += 181
    assert (await login.credential()).token == "a"


@pytest.mark.parametrize(
    ("server", "url"),
    [
        ("https://github.com", "https://github.com"),
        ("https://GitHub.com/", "https://github.com"),
        ("https://ghe.example.org:443", "https://ghe.example.org"),
        ("https://ghe.example.org:8443", "https://ghe.example.org:8443"),
        ("https://user:word@ghe.example.org", "https://ghe.example.org"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost:80", "http://localhost"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_a_server_has_one_way_to_be_written(server, url):
    assert (address(server).url, address(server).refused) == (url, "")


@pytest.mark.parametrize(
    "server",
    [
        "http://ghe.example.org", "http://127.0.0.1.example.org", "http://0.0.0.0", "http://localhost.example.org",
        "http://127.0.0.1@example.org", "ssh://github.com", "github.com", "", "https://", "https://a b", "http://[::1",
        "https://a\nb", "https://x:port", "file:///etc",
    ],
)  # fmt: skip
def test_a_server_that_no_token_is_sent_to_is_refused_with_a_sentence(server):
    assert address(server).refused
