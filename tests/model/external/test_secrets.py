from __future__ import annotations

import pytest

from agent_orchestrator.model.external.secrets import redact

KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabcd\n-----END RSA PRIVATE KEY-----"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    "secret",
    [
        "ghp_" + "a1B2" * 9,
        "ghs_" + "a1B2" * 9,
        "github_pat_" + "a1B2_" * 10,
        "glpat-" + "a1B2-" * 4,
        "lin_api_" + "a1B2" * 10,
        "sk-proj-" + "a1B2" * 10,
        "xoxb-1234567890-abcdef",
        "AKIAIOSFODNN7EXAMPLE",
        "npm_" + "a" * 36,
        "pypi-AgEIcHlwaS5vcmcCJ",
        JWT,
        KEY,
    ],
)
def test_what_has_the_shape_of_a_secret_is_taken_out(secret):
    assert redact(f"before {secret} after") == "before [redacted] after"


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("git clone https://me:pass@host/x", "git clone https://[redacted]@host/x"),
        ("Authorization: Bearer abc.def", "Authorization: [redacted]"),
        ('"authorization": "token abc"', '"authorization": "[redacted]"'),
        ("API_KEY=abcdef123 make", "API_KEY=[redacted] make"),
        ("password: 'hunter22'", "password: '[redacted]'"),
        ("DB_PASSWORD=$SECRET", "DB_PASSWORD=$SECRET"),
        ("token: ${{ secrets.TOKEN }}", "token: ${{ secrets.TOKEN }}"),
        ("token: ***", "token: ***"),
        ("AssertionError: token = None", "AssertionError: token = None"),
        ("-----BEGIN PRIVATE KEY-----\nMIIE cut off", "[redacted]"),
    ],
)
def test_what_names_a_secret_keeps_its_name(text, safe):
    assert redact(text) == safe


@pytest.mark.parametrize(
    "text",
    [
        "task-1234567890123456789",
        "the token is missing",
        "def token(): ...",
        "tokens: 12",
        "sha256:abcdef",
        "http://a:80/b@c",
    ],
)
def test_what_is_no_secret_stays(text):
    assert redact(text) == text


def test_the_end_of_a_key_that_began_before_the_text_is_taken_out():
    assert redact("MIIE\nabcd\n-----END RSA PRIVATE KEY-----\nmore") == "[redacted]\nmore"
    assert redact(f"one\n{KEY}\ntwo") == "one\n[redacted]\ntwo"
