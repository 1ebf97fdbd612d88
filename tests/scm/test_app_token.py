"""A GitHub App as the identity: its key states who it is, and the token that it gets for that is renewed in time."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest
from attrs import evolve
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from agent_orchestrator.net.answers import Answer, Trouble
from agent_orchestrator.net.client import HttpClient
from agent_orchestrator.net.credential import Credential
from agent_orchestrator.plugins.services.app_token import AppIdentity, AppToken

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
)


@pytest.fixture
def identity(hub: Any, tmp_path: Path) -> AppIdentity:
    hub.repository()
    (tmp_path / "key.pem").write_bytes(PEM)
    app = hub.github_app("ao")
    return AppIdentity(str(app.id), tmp_path / "key.pem", app.id)


@pytest.fixture
def token(http: HttpClient, identity: AppIdentity) -> Callable[..., AppToken]:
    """A token of the app, whose identity differs as is said."""
    return lambda **other: AppToken(http, evolve(identity, **other))


def asked(hub: Any) -> list[str]:
    """The paths that were asked for."""
    return [one.path for one in hub.asked]


async def good(token: AppToken) -> Credential:
    found = await token.credential()
    assert isinstance(found, Credential), found
    return found


async def trouble(token: AppToken) -> Trouble:
    found = await token.credential()
    assert isinstance(found, Trouble)
    return found


async def test_the_app_gets_a_token_that_acts_for_it(hub: Any, token: Callable[..., AppToken]):
    found = await good(token())
    assert hub.whose(found.token).account.login == "ao"
    assert found.headers() == {"Authorization": f"Bearer {found.token}"}


async def test_its_installation_is_found_by_the_repository(hub: Any, token: Callable[..., AppToken]):
    it = token(installation=0, repository="acme/shop")
    await good(it)
    hub.clock.advance(3600)
    await good(it)
    made = f"/app/installations/{it.identity.app}/access_tokens"
    assert asked(hub) == ["/repos/acme/shop/installation", made, made]


async def test_its_statement_is_signed_with_its_key_and_good_for_minutes(hub: Any, token: Callable[..., AppToken]):
    it = token()
    seen: list[str] = []
    ask = it.http.send

    async def send(request: Any) -> Any:
        seen.append(request.credential.token)
        return await ask(request)

    it.http = type("Seen", (), {"send": staticmethod(send), "now": it.http.now})
    await good(it)
    now = int(hub.clock.now().timestamp())
    stated = jwt.decode(
        seen[0], KEY.public_key(), algorithms=["RS256"], options={"verify_exp": False, "verify_iat": False}
    )
    assert stated == {"iat": now - 60, "exp": now + 540, "iss": it.identity.app}


async def test_a_token_is_asked_for_once_by_all_who_need_it(hub: Any, token: Callable[..., AppToken]):
    it = token()
    found = await asyncio.gather(*(good(it) for _ in range(5)))
    assert (len(set(found)), len(hub.asked)) == (1, 1)


async def test_it_is_renewed_before_it_ends(hub: Any, token: Callable[..., AppToken]):
    it = token()
    first = await good(it)
    hub.clock.advance(2999)
    same = await good(it)
    hub.clock.advance(2)
    other = await good(it)
    assert (first == same, first == other) == (True, False)


async def test_a_token_that_is_still_good_outlives_a_failed_renewal(
    hub: Any, doubles: Any, token: Callable[..., AppToken]
):
    it = token()
    first = await good(it)
    hub.faults.add(doubles.github.faults.gateway(502), times=2)
    hub.clock.advance(3500)
    still = await good(it)
    hub.clock.advance(80)
    late = await trouble(it)
    assert (still, late.kind) == (first, "failed")


async def test_a_token_that_is_refused_is_given_up_after_a_while(hub: Any, token: Callable[..., AppToken]):
    it = token()
    first = await good(it)
    early = await it.another(first)
    hub.clock.advance(181)
    other = await it.another(first)
    assert early is None
    assert other is not None
    assert (other == first, await it.another(first) == other) == (False, True)


async def test_where_the_app_is_not_installed_it_says_so(token: Callable[..., AppToken]):
    found = await trouble(token(installation=0, repository="acme/other"))
    assert (found.kind, found.sentence) == ("missing", "the GitHub App is not installed for acme/other")


async def test_an_app_that_is_not_known_is_denied(token: Callable[..., AppToken]):
    assert (await trouble(token(app="1"))).kind == "denied"


async def test_a_key_that_is_not_there_is_named(tmp_path: Path, token: Callable[..., AppToken]):
    found = await trouble(token(key=tmp_path / "none"))
    assert found.sentence == f"the private key of the GitHub App, {tmp_path}/none: No such file or directory"


@pytest.mark.parametrize(
    "text", ["", "secret", "-----BEGIN RSA PRIVATE KEY-----\nsecret\n-----END RSA PRIVATE KEY-----\n"]
)
async def test_what_is_no_key_is_not_quoted(tmp_path: Path, token: Callable[..., AppToken], text: str):
    (tmp_path / "key.pem").write_text(text)
    found = await trouble(token())
    assert found.sentence == f"{tmp_path}/key.pem holds no private key that a GitHub App signs with (PEM, RSA)"


async def test_without_the_library_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, token: Callable[..., AppToken]
):
    monkeypatch.setitem(sys.modules, "jwt", None)
    found = await trouble(token())
    assert "install `agent-orchestrator[app]`" in found.sentence


async def test_where_the_library_lacks_what_it_signs_with_it_says_what_to_install(token: Callable[..., AppToken]):
    jwt.unregister_algorithm("RS256")
    try:
        found = await trouble(token())
    finally:
        jwt.register_algorithm("RS256", RSAAlgorithm(RSAAlgorithm.SHA256))
    assert "install `agent-orchestrator[app]`" in found.sentence


@pytest.mark.parametrize("said", [{}, [], {"token": "x"}, {"token": "a\nb", "expires_at": "2026-01-01T00:00:00Z"}])
async def test_an_answer_without_a_token_is_none(hub: Any, token: Callable[..., AppToken], said: Any):
    async def send(request: Any) -> Any:
        return Answer(201, {}, json.dumps(said).encode())

    it = token()
    it.http = type("Odd", (), {"send": staticmethod(send), "now": it.http.now})
    assert (await trouble(it)).kind == "unreadable"


async def test_nothing_of_it_is_shown(token: Callable[..., AppToken]):
    it = token()
    found = await good(it)
    assert found.token not in f"{it!r} {found!r}"
