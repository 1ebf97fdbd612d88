"""How opencode's turns end, and what they used: the same in its events and in the lines of ``opencode run``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import evolve, frozen

from agent_orchestrator.model.usage import FAILED, NOT_LOGGED_IN, RATE_LIMITED, REFUSED, Usage
from agent_orchestrator.plugins.agent.dialogue.lines import count, obj, objs, shown, text
from agent_orchestrator.plugins.agent.trouble import kind_of

#: Its name of a turn that somebody ended.
ABORTED = "MessageAbortedError"
_NAMES = {"ProviderAuthError": NOT_LOGGED_IN, "ContextOverflowError": REFUSED, "ContentFilterError": REFUSED}
#: Why the model stopped, other than that it was done.
_SHORT = {
    "length": (FAILED, "It reached the most tokens that it may use."),
    "content-filter": (REFUSED, "The model's service refused to go on."),
}


@frozen
class Error:
    """An error that ends a turn: as in :class:`~agent_orchestrator.model.activity.Fact`."""

    kind: str
    words: str
    until: float = 0.0


def error_of(error: Mapping[str, Any], at: float) -> Error | None:
    """The error that it names, at this time; None where somebody ended the turn."""
    name, data = text(error, "name"), obj(error, "data")
    if name == ABORTED:
        return None
    words = shown(text(data, "message") or name or "it does not say why", 400)
    status = count(data, "statusCode")
    kind = _NAMES.get(name) or kind_of(words, status)
    wait = text(data, "responseHeaders", "retry-after")
    known = kind == RATE_LIMITED and at > 0 and wait.isdecimal() and len(wait) < 9
    return Error(kind, words, at + int(wait) if known else 0.0)


def cut_short(reason: str) -> Error | None:
    """What it means that the model stopped for this reason; None where it was done."""
    return Error(*_SHORT[reason]) if reason in _SHORT else None


def more(usage: Usage | None, step: Mapping[str, Any]) -> Usage:
    """The usage with that of one more call of the model."""
    used, cache = usage or Usage(), obj(step, "tokens", "cache")
    tokens = obj(step, "tokens")
    read, written = count(cache, "read") or 0, count(cache, "write") or 0
    cost = step.get("cost")
    # It knows the prices of some models only; no price is no cost of zero.
    paid = float(cost) if isinstance(cost, int | float) and not isinstance(cost, bool) and 0 < cost < 1e9 else 0.0
    return evolve(
        used,
        input_tokens=(used.input_tokens or 0) + (count(tokens, "input") or 0) + read + written,
        output_tokens=(used.output_tokens or 0) + (count(tokens, "output") or 0),
        cached_tokens=(used.cached_tokens or 0) + read,
        cost=(used.cost or 0.0) + paid or None,
        steps=(used.steps or 0) + 1,
    )


def filled(step: Mapping[str, Any], window: int) -> float | None:
    """How much of the model's context window is in use after a call; None where that is not known."""
    total = count(obj(step, "tokens"), "total")
    return total / window if total and 0 < total <= window else None


def windows(providers: Mapping[str, Any]) -> dict[str, int]:
    """The size of the context window of each model of its providers, by the names of both."""
    return {
        f"{text(provider, 'id')}/{name}": size
        for provider in objs(providers, "providers")
        for name, model in obj(provider, "models").items()
        if isinstance(model, dict) and (size := count(obj(model, "limit"), "context"))
    }
