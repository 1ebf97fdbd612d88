"""What goes wrong on purpose goes wrong as asked for, once, and on a socket as without one."""

from __future__ import annotations

import http.client
import threading
from typing import Any

import httpx2
import pytest


async def test_a_fault_waits_for_its_request_and_is_used_up(hub: Any, github: Any, client: httpx2.AsyncClient):
    hub.repository()
    hub.faults.add(github.faults.status(429, retry_after="30"), where="/repos", times=2)
    answered = [
        await client.get(path) for path in ("/user", "/repos/acme/shop", "/repos/acme/shop", "/repos/acme/shop")
    ]
    assert [answer.status_code for answer in answered] == [200, 429, 429, 200]
    assert answered[1].headers["retry-after"] == "30"


async def test_a_secondary_limit_says_so(hub: Any, github: Any, client: httpx2.AsyncClient):
    hub.faults.add(github.faults.secondary(60))
    answered = await client.get("/user")
    assert (answered.status_code, answered.headers["retry-after"]) == (403, "60")
    assert "secondary rate limit" in answered.json()["message"]


async def test_a_gateway_answers_in_html(hub: Any, github: Any, client: httpx2.AsyncClient):
    hub.faults.add(github.faults.gateway(504))
    answered = await client.post("/graphql", json={"query": "{ viewer { login } }"})
    assert (answered.status_code, answered.headers["content-type"]) == (504, "text/html; charset=utf-8")


async def test_an_answer_can_be_lost_after_the_deed(hub: Any, github: Any, client: httpx2.AsyncClient):
    issue = hub.issue("Here")
    hub.faults.add(github.faults.lost(), where="POST /repos/acme/shop/issues/1/comments")
    answered = await client.post("/repos/acme/shop/issues/1/comments", json={"body": "once"})
    assert (answered.status_code, [comment.body for comment in issue.comments]) == (502, ["once"])


@pytest.mark.parametrize("after", [0, 10])
async def test_a_connection_is_cut(hub: Any, github: Any, client: httpx2.AsyncClient, after: int):
    hub.faults.add(github.faults.cut(after))
    with pytest.raises(httpx2.ReadError):
        await client.get("/user")


@pytest.mark.parametrize("after", [0, 10])
def test_a_connection_is_cut_on_a_socket(hub: Any, github: Any, after: int):
    hub.faults.add(github.faults.cut(after))
    with hub.on_port() as serving:
        connection = http.client.HTTPConnection("127.0.0.1", serving.port, timeout=10)
        connection.request("GET", "/api/v3/user", headers={"Authorization": f"Bearer {hub.token()}"})
        with pytest.raises((http.client.IncompleteRead, ConnectionError)):
            connection.getresponse().read()
        connection.close()


def test_a_body_is_held_in_its_middle(hub: Any, github: Any):
    held = github.faults.Held()
    hub.faults.add(held)
    with hub.on_port() as serving:
        connection = http.client.HTTPConnection("127.0.0.1", serving.port, timeout=10)
        connection.request("GET", "/api/v3/user", headers={"Authorization": f"Bearer {hub.token()}"})
        response = connection.getresponse()
        length = int(response.headers["content-length"])
        half = response.read(length // 2)
        rest: list[bytes] = []
        reading = threading.Thread(target=lambda: rest.append(response.read()))
        reading.start()
        waiting = not rest
        held.release()
        reading.join(10)
        connection.close()
    assert waiting
    assert len(half + rest[0]) == length
