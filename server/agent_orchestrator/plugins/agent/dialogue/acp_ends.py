"""How turns of the Agent Client Protocol end, and what they used."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from attrs import evolve

from agent_orchestrator.model.usage import FAILED, NOT_LOGGED_IN, REFUSED, Usage
from agent_orchestrator.plugins.agent.dialogue.lines import count, obj, objs, parsed, shown, text
from agent_orchestrator.plugins.agent.trouble import kind_of

#: JSON-RPC's number for an agent that wants a login first.
_NO_LOGIN = -32000

#: Why an agent ended its turn, other than that it was done or told to.
_SHORT = {
    "max_tokens": (FAILED, "It reached the most tokens that it may use."),
    "max_turn_requests": (FAILED, "It reached the most requests of one turn."),
    "refusal": (REFUSED, "It refused to go on."),
}


def error_of(error: Mapping[str, Any]) -> tuple[str, str]:
    """The kind and the words of an error response; some have an HTTP status for a code, and the service's answer."""
    code = error.get("code")
    words = text(error, "message")
    words = text(obj(parsed(words) or {}, "error"), "message") or words
    words = re.sub(r"^Internal error(: |$)", "", words) or text(error, "data", "details") or "Internal error"
    status = code if isinstance(code, int) and 400 <= code < 600 else None
    return NOT_LOGGED_IN if code == _NO_LOGIN else kind_of(words, status), shown(words, 400)


def cut_short(reason: str) -> tuple[str, str] | None:
    """The kind and the words of a reason to stop that is an error; None for one that is not."""
    return _SHORT.get(reason)


def spent(usage: Usage, result: Mapping[str, Any], *, whole: bool) -> Usage:
    """The usage with what the answer to one more prompt says. ``whole``: it counts all calls of the model."""
    quota = obj(result, "_meta", "quota")
    if quota:
        models = {
            text(one, "model"): count(obj(one, "token_count"), "input_tokens") or 0
            for one in objs(quota, "model_usage")
        }
        model = max(models, key=lambda name: models[name], default="")
        tokens = obj(quota, "token_count")
        return _more(usage, count(tokens, "input_tokens"), count(tokens, "output_tokens"), None, model)
    tokens = obj(result, "usage")
    if not whole or not tokens:
        return usage
    cached, written = count(tokens, "cachedReadTokens"), count(tokens, "cachedWriteTokens")
    read = count(tokens, "inputTokens")
    # Those that the cache had are not among the input.
    read = None if read is None else read + (cached or 0) + (written or 0)
    return _more(usage, read, count(tokens, "outputTokens"), cached, "")


def used(usage: Usage, update: Mapping[str, Any]) -> Usage:
    """The usage with what an update says: how full the context is, and what the whole conversation cost."""
    part, size = count(update, "used"), count(update, "size")
    # After an end before the first answer some say none.
    if part and size and part <= size:
        usage = evolve(usage, context=part / size)
    amount = obj(update, "cost").get("amount")
    dollars = text(update, "cost", "currency") in ("", "USD")
    # A model whose price it does not know costs it nothing.
    if isinstance(amount, int | float) and not isinstance(amount, bool) and 0 < amount < 1e9 and dollars:
        usage = evolve(usage, cost=float(amount), so_far=True)
    return usage


def _more(usage: Usage, read: int | None, written: int | None, cached: int | None, model: str) -> Usage:
    return evolve(
        usage,
        input_tokens=_sum(usage.input_tokens, read),
        output_tokens=_sum(usage.output_tokens, written),
        cached_tokens=_sum(usage.cached_tokens, cached),
        model=shown(model, 100) or usage.model,
    )


def _sum(one: int | None, other: int | None) -> int | None:
    return one if other is None else (one or 0) + other
