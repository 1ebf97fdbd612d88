"""Webhooks of the GitHub double: signed, with what the published examples have, sent when a test says so."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest

EXAMPLES = json.loads((Path(__file__).parent / "forges" / "published" / "github.webhooks.json").read_text())
#: Keys of the examples that a delivery has only now and then.
SOMETIMES = {"installation", "organization", "changes", "milestone", "assignee", "label", "draft", "reactions"}
#: Deprecated: lines are told by ``line``.
SOMETIMES |= {"position", "original_position"}


@pytest.fixture
def hook(hub: Any) -> Any:
    return hub.hook("http://127.0.0.1:1/hook", "It's a Secret to Everybody")


def events(hook: Any) -> list[tuple[str, str]]:
    return [(delivery.event, delivery.action) for delivery in hook.deliveries]


def test_the_signature_is_that_of_the_published_example(github: Any):
    signed = github.sign("It's a Secret to Everybody", b"Hello, World!")
    assert signed == "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"


def test_a_delivery_has_its_headers(hub: Any, hook: Any, github: Any):
    hub.issue("Red")
    [delivery] = hook.deliveries
    headers = delivery.headers()
    assert headers["X-Hub-Signature-256"] == github.sign(hook.secret, delivery.body)
    assert (headers["X-GitHub-Event"], headers["X-GitHub-Delivery"]) == ("issues", delivery.guid)


HAPPENED: Mapping[str, tuple[Callable[[Any], Any], list[tuple[str, str]]]] = {
    "a push": (lambda pull: pull.push(), [("push", ""), ("pull_request", "synchronize")]),
    "a comment": (lambda pull: pull.comment("eve", "hi"), [("issue_comment", "created")]),
    "a review": (lambda pull: pull.review("eve"), [("pull_request_review", "submitted")]),
    "a label": (lambda pull: pull.label("x"), [("pull_request", "labeled")]),
    "a status": (lambda pull: pull.status("x"), [("status", "")]),
    "a check of Actions": (
        lambda pull: pull.check("x"),
        [(name, "completed") for name in ("check_run", "workflow_job", "check_suite", "workflow_run")],
    ),
    "a check of another app": (
        lambda pull: pull.check("x", "in_progress", app="sonar"),
        [("check_run", "created")],
    ),
    "an end": (lambda pull: pull.close(), [("pull_request", "closed")]),
}  # fmt: skip


@pytest.mark.parametrize("name", HAPPENED)
def test_what_happens_is_told(hub: Any, hook: Any, name: str):
    pull = hub.pull(head="ao/x")
    hook.deliveries.clear()
    happens, expected = HAPPENED[name]
    happens(pull)
    assert events(hook) == expected


def test_a_resolved_thread_is_told(hub: Any, hook: Any):
    thread = hub.pull(head="ao/x").thread("a.py", 1, "?", by="eve")
    hook.deliveries.clear()
    thread.resolve("ann")
    assert events(hook) == [("pull_request_review_thread", "resolved")]


def test_a_payload_has_what_the_published_examples_have(hub: Any, hook: Any):
    pull = hub.pull(head="ao/x", author="ann")
    pull.check("ci", "failure")
    pull.status("legacy")
    pull.comment("eve", "hi")
    pull.thread("a.py", 1, "?", by="eve").resolve("ann")
    pull.push()
    hub.issue("Red").close()
    pull.close()
    lacking = {}
    for delivery in hook.deliveries:
        examples = [one for one in EXAMPLES[delivery.event] if one.get("action", "") == delivery.action]
        if examples:
            lacks = set(missing(examples[0], delivery.payload))
            lacking[f"{delivery.event} {delivery.action}"] = sorted(lacks)
    assert {name: lacks for name, lacks in lacking.items() if lacks} == {}
    assert len(lacking) > 8


def missing(example: Mapping[str, Any], given: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """The keys of an example that a payload has not, at its top and in its main objects."""
    for key, value in example.items():
        if key in SOMETIMES:
            continue
        if key not in given:
            yield f"{path}{key}"
        elif isinstance(value, dict) and isinstance(given[key], dict) and not path:
            yield from missing(value, given[key], f"{key}.")


@pytest.fixture
def receiver() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """(its address, what it got)."""
    got: list[tuple[str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((self.headers["X-Hub-Signature-256"], body))
            self.send_response(202)
            self.end_headers()

        def log_message(self, *words: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook", got
    server.shutdown()
    thread.join()
    server.server_close()


def test_what_waits_is_sent_when_it_is_time(hub: Any, github: Any, receiver: Any):
    url, got = receiver
    hook = hub.hook(url, "secret", ("issues",))
    hub.issue("Red").comment("eve", "not wanted")
    before = len(got)
    assert (before, hook.send(), hook.waiting()) == (0, [202], [])
    assert [signature == github.sign("secret", body) for signature, body in got] == [True]


def test_a_redelivery_has_the_same_guid(hub: Any, hook: Any):
    hub.issue("Red")
    again = hook.again(hook.deliveries[0])
    assert (again.guid, again.id == hook.deliveries[0].id, again.redelivery) == (hook.deliveries[0].guid, False, True)


async def test_what_nobody_took_can_be_asked_for(hub: Any, hook: Any, client: httpx2.AsyncClient):
    hub.issue("Red")
    sent = hook.send()
    listed = (await client.get(f"/repos/acme/shop/hooks/{hook.id}/deliveries")).json()
    whole = (await client.get(f"/repos/acme/shop/hooks/{hook.id}/deliveries/{listed[0]['id']}")).json()
    assert (sent, listed[0]["status_code"], whole["request"]["payload"]["issue"]["title"]) == ([502], 502, "Red")
