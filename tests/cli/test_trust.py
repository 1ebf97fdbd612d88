"""`ao trust` shows what the daemon would run, and trusts exactly that."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from agent_orchestrator.cli.exits import DONE, USAGE

Ao = Callable[..., Any]


@pytest.fixture(autouse=True)
def ada(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "ada")


_UNTRUSTED = (("projects.shop.postCreate", "make deps"), ("detected check t", "make t"))


def test_trust_shows_what_the_daemon_would_run_and_asks(ao: Ao, fakes: ModuleType) -> None:
    ran = ao("trust", tty=True, typed="n\n", answers={"runs": fakes.runs(*_UNTRUSTED, trusted=False)})
    wanted = ("projects.shop.postCreate: ", "make deps", "detected check t: ", "make t", "nothing more is trusted")
    assert [text for text in wanted if text not in ran.out] == []
    assert (ran.code, [name for name, _ in ran.calls]) == (USAGE, ["projects", "runs"])


@pytest.mark.parametrize(("words", "tty"), [("trust", True), ("trust --yes", False), ("trust --yes --json", False)])
def test_exactly_what_was_shown_is_trusted(ao: Ao, fakes: ModuleType, words: str, tty: bool) -> None:
    ran = ao(*words.split(), tty=tty, typed="y\n", answers={"runs": fakes.runs(*_UNTRUSTED, trusted=False)})
    params = {"project": "shop", "path": "", "by": "ada", "trust": "hash-of-what-was-shown"}
    assert (ran.code, ran.asked("trust")) == (DONE, params)


def test_trust_yes_still_shows_what_it_trusts(ao: Ao, fakes: ModuleType) -> None:
    assert "make deps" in ao("trust", "--yes", answers={"runs": fakes.runs(*_UNTRUSTED, trusted=False)}).out


def test_what_is_trusted_already_is_not_asked_for(ao: Ao, fakes: ModuleType) -> None:
    ran = ao("trust", tty=True, answers={"runs": fakes.runs(*_UNTRUSTED)})
    assert (ran.code, ran.out.splitlines()[-1]) == (DONE, "shop is trusted as it is now.")
    assert [name for name, _ in ran.calls] == ["projects", "runs"]


def test_trust_is_never_taken_for_granted_in_a_pipe(ao: Ao, fakes: ModuleType) -> None:
    ran = ao("trust", typed="y\n", answers={"runs": fakes.runs(trusted=False)})
    assert (ran.code, [name for name, _ in ran.calls], "--yes" in ran.err) == (USAGE, ["projects", "runs"], True)
