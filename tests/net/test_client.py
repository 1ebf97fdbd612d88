"""One request at a time, nothing asked twice, nothing given away, and every failure in words."""

from __future__ import annotations

import asyncio
import logging

import httpx2
import pytest

from agent_orchestrator.net.answers import Answer, Trouble
from agent_orchestrator.net.budget import Budget
from agent_orchestrator.net.client import HttpClient, Request
from agent_orchestrator.net.credential import Credential

LIMITS = {"x-ratelimit-limit": "5000", "x-ratelimit-reset": "1800000600", "x-ratelimit-resource": "core"}


def tagged(tag: str, text: str = "one") -> httpx2.Response:
    return httpx2.Response(200, text=text, headers={"etag": tag})


async def test_what_did_not_change_is_not_sent_again(service, get):
    service.say(tagged('"a"'), httpx2.Response(304, headers={"x-later": "1"}))
    first, second = await get(), await get()
    assert (first.body, first.unchanged) == (b"one", False)
    assert (second.status, second.body, second.unchanged) == (200, b"one", True)
    assert second.headers["x-later"] == "1"
    assert "if-none-match" not in service.requests[0].headers
    assert service.requests[1].headers["if-none-match"] == '"a"'


@pytest.mark.parametrize(
    "other",
    [{"credential": Credential("other")}, {"credential": None}, {"accept": "text/plain"}, {"path": "/x?page=2"}],
)
async def test_a_tag_is_of_one_credential_one_address_and_one_kind_of_answer(service, get, other):
    service.say(tagged('"a"'))
    await get()
    await get(**other)
    assert "if-none-match" not in service.requests[1].headers


async def test_a_change_is_seen_at_once_whatever_the_service_says_of_its_age(service, get):
    fresh = {"cache-control": "private, max-age=60"}
    service.say(*(httpx2.Response(200, text=text, headers={"etag": text, **fresh}) for text in ("old", "new")))
    assert [(await get()).body, (await get()).body] == [b"old", b"new"]


async def test_no_request_is_sent_to_a_host_while_another_one_is_under_way(service, get):
    under_way, together = 0, 0

    async def slow() -> httpx2.Response:
        nonlocal under_way, together
        under_way += 1
        together = max(together, under_way)
        await asyncio.sleep(0)
        under_way -= 1
        return httpx2.Response(200)

    service.say(lambda _: slow())
    await asyncio.gather(*(get(f"/{number}") for number in range(5)))
    assert (len(service.requests), together) == (5, 1)


async def test_what_changes_something_waits_a_second_after_the_last_and_a_query_does_not(service, get):
    await get(method="POST", body={"a": 1})
    await get(method="POST", body={"query": "{}"}, reads=True)
    assert service.slept == []
    await get(method="DELETE")
    assert service.slept == [1.0]
    assert service.requests[0].headers["content-type"] == "application/json"


async def test_when_the_service_asks_for_a_pause_nothing_is_sent_until_it_is_over(service, get):
    service.say(httpx2.Response(429, headers={"retry-after": "30"}), httpx2.Response(200))
    assert await get() == Trouble("limited", "api.example.org/x: 429", service.now + 30, 429)
    refused = await get()
    assert (refused.kind, refused.until, len(service.requests)) == ("limited", service.now + 30, 1)
    service.now += 30
    assert (await get()).status == 200


async def test_pauses_grow_where_the_service_does_not_say_how_long(service, get):
    service.say(httpx2.Response(403, json={"message": "You have exceeded a secondary rate limit"}))
    for seconds in (60, 120, 240):
        trouble = await get()
        assert (trouble.kind, trouble.until - service.now) == ("limited", seconds)
        service.now = trouble.until
    service.say(httpx2.Response(200))
    assert (await get()).status == 200


LINEAR_LIMITS = {"x-ratelimit-requests-limit": "1500", "x-ratelimit-requests-reset": "1800000600000"}


@pytest.mark.parametrize(("remaining", "seconds"), [("0", 600), ("900", 60)])
async def test_a_limit_that_is_an_error_of_graphql_is_a_limit(service, get, remaining, seconds):
    errors = [{"message": "Rate limit exceeded", "extensions": {"code": "RATELIMITED"}}]
    headers = {**LINEAR_LIMITS, "x-ratelimit-requests-remaining": remaining}
    service.say(httpx2.Response(400, json={"errors": errors}, headers=headers), httpx2.Response(200))
    trouble = await get()
    assert (trouble.kind, trouble.until - service.now) == ("limited", seconds)
    assert trouble.sentence.endswith("400 Rate limit exceeded")
    await get()
    assert len(service.requests) == 1


@pytest.mark.parametrize("errors", [[{"message": "no such field"}], [None, {"extensions": []}], {"a": 1}, "x", None])
async def test_other_errors_of_graphql_are_no_limit(service, get, errors):
    service.say(httpx2.Response(400, json={"errors": errors}))
    assert (await get()).kind == "unreadable"


async def test_a_part_of_the_budget_is_left_to_the_person(service, get):
    service.say(httpx2.Response(200, headers={**LIMITS, "x-ratelimit-remaining": "2000"}))
    await get()
    trouble = await get()
    assert (trouble.kind, trouble.until) == ("limited", 1_800_000_600.0)
    assert isinstance(await get(urgent=True), Answer)
    assert isinstance(await get(resource="graphql"), Answer)
    service.now = 1_800_000_600.0
    assert isinstance(await get(), Answer)


async def test_a_person_who_waits_does_not_get_what_is_not_there(service, get):
    service.say(httpx2.Response(403, headers={**LIMITS, "x-ratelimit-remaining": "0"}))
    assert (await get(urgent=True)).until == 1_800_000_600.0
    assert (await get(urgent=True)).kind == "limited"
    assert len(service.requests) == 1


@pytest.mark.parametrize(
    ("status", "body", "kind", "sentence"),
    [
        (401, {"message": "Bad credentials"}, "denied", "api.example.org/x: 401 Bad credentials"),
        (403, {"message": "Resource not accessible"}, "denied", "api.example.org/x: 403 Resource not accessible"),
        (404, {"error": "404 Not Found"}, "missing", "api.example.org/x: 404 404 Not Found"),
        (410, None, "gone", "api.example.org/x: 410"),
        (502, None, "failed", "api.example.org/x: 502"),
        (422, {"message": "Validation\nFailed"}, "unreadable", "api.example.org/x: 422 Validation Failed"),
    ],
)
async def test_a_refusal_is_told_in_the_services_own_words(service, get, status, body, kind, sentence):
    service.say(httpx2.Response(status, json=body) if body else httpx2.Response(status))
    assert await get("/x?secret=1") == Trouble(kind, sentence, status=status)


@pytest.mark.parametrize(
    "error", [httpx2.ConnectError("nobody there"), httpx2.ReadTimeout("slow"), httpx2.RemoteProtocolError("cut off")]
)
async def test_a_service_that_can_not_be_reached_is_trouble_and_no_exception(service, get, error):
    service.say(error)
    trouble = await get()
    assert (trouble.kind, trouble.sentence) == ("unreachable", f"api.example.org: {error}")


async def test_of_a_long_answer_the_end_is_kept_where_that_is_wanted(service, get):
    text = b"".join(b"%06d\n" % number for number in range(1000))
    service.say(httpx2.Response(200, content=text))
    assert (await get(most=70, tail=True)).body == text[-70:]
    assert (await get(most=6999)).kind == "too-large"
    assert (await get(most=7000)).body == text


async def test_a_credential_does_not_follow_to_another_host(service, get):
    service.say(
        httpx2.Response(302, headers={"location": "https://storage.example.net/log?sig=s3cret"}),
        httpx2.Response(200, text="log"),
    )
    assert (await get()).body == b"log"
    assert service.requests[0].headers["authorization"] == "Bearer ghp_secret"
    assert "authorization" not in service.requests[1].headers


async def test_neither_tokens_nor_signatures_are_written_to_a_log(service, get, caplog):
    caplog.set_level(logging.DEBUG)
    service.say(
        httpx2.Response(302, headers={"location": "https://storage.example.net/log?sig=s3cret"}),
        httpx2.Response(404, text="nothing"),
    )
    trouble = await get()
    written = caplog.text + repr(trouble) + repr(service.requests) + repr(Credential("ghp_secret"))
    assert "ghp_secret" not in written
    assert "s3cret" not in written.replace(repr(service.requests), "")


async def test_a_request_that_is_cancelled_lets_the_next_one_through(service, get):
    begun = asyncio.Event()

    async def never() -> httpx2.Response:
        begun.set()
        await asyncio.Event().wait()
        raise AssertionError

    service.say(lambda _: never(), httpx2.Response(200))
    first = asyncio.create_task(get())
    await begun.wait()
    first.cancel()
    assert (await get()).status == 200
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_the_persons_proxy_and_not_the_daemons_is_used(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://daemons.example:1")
    asked = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readline()).decode().split()[:2])
        writer.close()

    server = await asyncio.start_server(proxy, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = HttpClient(env={"https_proxy": f"http://127.0.0.1:{port}"})
    trouble = await client.send(Request("GET", "https://api.example.org/x"))
    await client.close()
    server.close()
    assert (trouble.kind, asked) == ("unreachable", [["CONNECT", "api.example.org:443"]])


@pytest.mark.parametrize("token", ["ghp_secret\nX-Evil: 1", "ghp_secret\u2026", "ghp_secret\udc80", "ghp_secret\x00"])
async def test_a_token_that_is_none_is_neither_sent_nor_told(service, get, token):
    trouble = await get(credential=Credential(token))
    assert (trouble.kind, service.requests) == ("denied", [])
    assert "ghp_secret" not in trouble.sentence


@pytest.mark.parametrize("proxy", ["socks9://u:pw@127.0.0.1:1", "ftp://u:pw@127.0.0.1:1", "http://u:pw@127.0.0.1:port"])
async def test_a_proxy_that_can_not_be_used_is_trouble_and_its_password_is_not_told(proxy):
    client = HttpClient(env={"ALL_PROXY": proxy})
    trouble = await client.send(Request("GET", "https://api.example.org/x"))
    await client.close()
    assert trouble.kind == "unreachable"
    assert "pw" not in trouble.sentence


async def test_certificates_that_are_not_there_are_trouble(tmp_path):
    client = HttpClient(env={"SSL_CERT_FILE": str(tmp_path / "none.pem")})
    trouble = await client.send(Request("GET", "https://api.example.org/x"))
    assert (trouble.kind, "certificates" in trouble.sentence) == ("unreachable", True)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"[" * 60_000, "404"),
        (b'{"message": null, "error": "gone"}', "404 gone"),
        (b'{"message": "\\u001b[31mred\\u202e ghp_a1B2a1B2a1B2a1B2a1B2"}', "404 red [redacted]"),
    ],
)
async def test_what_a_service_says_of_an_error_is_text_from_outside(service, get, body, sentence):
    service.say(httpx2.Response(404, content=body))
    assert (await get()).sentence == f"api.example.org/x: {sentence}"


def test_an_answer_that_is_nested_too_deeply_can_not_be_read():
    with pytest.raises(ValueError, match="nested too deeply"):
        Answer(200, {}, b"[" * 60_000).json()


async def test_no_more_is_read_of_an_answer_than_is_wanted(service, get):
    read = 0

    async def endless():
        nonlocal read
        while True:
            read += 1
            yield b"x" * 1000
            assert read < 100

    service.say(httpx2.Response(200, content=endless()))
    assert (await get(most=5000)).kind == "too-large"
    assert read == 6


SPENT = {"x-ratelimit-limit": "9", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1e18"}


@pytest.mark.parametrize("headers", [{"retry-after": "1e300"}, SPENT])
async def test_no_service_is_given_up_for_ever(service, get, headers):
    service.say(httpx2.Response(429, headers=headers), httpx2.Response(200))
    assert (await get()).until == service.now + 24 * 3600
    service.now += 24 * 3600
    assert (await get()).status == 200


def test_pauses_grow_though_something_works_in_between_and_begin_anew_after_a_while():
    budget, now = Budget(), 1_000.0
    lengths = []
    for wait in (0, 1, 1, 10_000):
        now = max(now, budget.free_at("graphql", now)) + wait
        budget.took("graphql", 200, {}, now)
        budget.exhausted(now)
        lengths.append(budget.free_at("graphql", now) - now)
    assert lengths == [60, 120, 240, 60]
