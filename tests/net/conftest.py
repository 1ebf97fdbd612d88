"""A service that answers what a test tells it to, a clock that a test moves, and a client of both."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
import pytest

from agent_orchestrator.net.client import HttpClient, Request
from agent_orchestrator.net.credential import Credential

NOW = 1_800_000_000.0
TOKEN = Credential("ghp_secret", source="a test")


class Service:
    """``answers`` are taken in their order, the last one again and again; ``requests`` is what was asked."""

    def __init__(self) -> None:
        self.answers: list[Any] = [httpx2.Response(200, json={})]
        self.requests: list[httpx2.Request] = []
        self.now = NOW
        self.slept: list[float] = []

    def say(self, *answers: Any) -> None:
        self.answers = list(answers)

    async def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        if callable(answer):
            answer = answer(request)
        return answer if isinstance(answer, httpx2.Response) else await answer

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
async def client(service: Service) -> AsyncIterator[HttpClient]:
    made = HttpClient(transport=httpx2.MockTransport(service), now=lambda: service.now, sleep=service.sleep)
    yield made
    await made.close()


@pytest.fixture
def get(client: HttpClient) -> Callable[..., Any]:
    """Ask for a path of the service."""

    def ask(path: str = "/x", **more: Any) -> Any:
        given = {"method": "GET", "url": f"https://api.example.org{path}", "credential": TOKEN, **more}
        return client.send(Request(**given))

    return ask
