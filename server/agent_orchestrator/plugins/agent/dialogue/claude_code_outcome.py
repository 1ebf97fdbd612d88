"""What a turn of Claude Code comes to, from the events that it prints: its words, its error and what it used.

The events are those of ``--output-format stream-json``, with and without a conversation on standard input.
"""

from __future__ import annotations

from typing import Any

from attrs import define, field, frozen

from agent_orchestrator.plugins.agent.dialogue.claude_code_values import a_number, a_text, an_object, objects
from agent_orchestrator.plugins.agent.output import paragraph
from agent_orchestrator.plugins.agent.trouble import kind_of
from agent_orchestrator.ports.agent import (
    FAILED,
    NO_CREDIT,
    NOT_LOGGED_IN,
    RATE_LIMITED,
    REFUSED,
    UNREACHABLE,
    Told,
    Usage,
)

#: The program's names of errors (`error` of a message).
ERRORS = {
    "rate_limit": RATE_LIMITED,
    "authentication_failed": NOT_LOGGED_IN,
    "oauth_org_not_allowed": NOT_LOGGED_IN,
    "verification_required": NOT_LOGGED_IN,
    "cloud_credential_error": NOT_LOGGED_IN,
    "billing_error": NO_CREDIT,
    "server_error": UNREACHABLE,
    "overloaded": UNREACHABLE,
    "invalid_request": REFUSED,
    "max_output_tokens": REFUSED,
}
#: What it writes as the model of messages that are its own.
_NO_MODEL = "<synthetic>"
_CONTEXT = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "output_tokens")


@frozen
class _Used:
    """Sums over models. ``cost`` is None where one of them has none."""

    input: int = 0
    output: int = 0
    cached: int = 0
    cost: float | None = 0.0

    def plus(self, other: _Used) -> _Used:
        cost = None if self.cost is None or other.cost is None else self.cost + other.cost
        return _Used(self.input + other.input, self.output + other.output, self.cached + other.cached, cost)


@define
class Outcome:
    """What is known so far; fed with every event, it keeps a few values of the newest ones only.

    ``ended``: the newest work came to a result; then ``error`` and ``interrupted`` are how, and ``words`` what it says.
    """

    ended: bool = False
    interrupted: bool = False
    error: str = ""
    words: str = ""
    #: When the usage limit ends, in seconds since 1970; 0: there is none. Only with a login: with a key it is not said.
    resets_at: float = 0.0
    conversation: str | None = None
    _gone: bool = False
    _text: str = ""
    _named: str = ""
    _model: str = ""
    _filled: float = 0.0
    _windows: dict[str, float] = field(factory=dict)
    _steps: int | None = None
    _used: _Used | None = None

    def take(self, event: dict[str, Any]) -> None:
        """An event follows."""
        kind = event.get("type")
        self.conversation = a_text(event.get("session_id")) or self.conversation
        if kind == "system" and event.get("subtype") == "init":
            self.ended, self.interrupted, self.error, self.words, self._named = False, False, "", "", ""
        elif kind == "assistant" and not event.get("parent_tool_use_id"):
            self._message(event)
        elif kind == "rate_limit_event":
            found = an_object(event.get("rate_limit_info"))
            self.resets_at = a_number(found.get("resetsAt")) if found.get("status") == "rejected" else 0.0
        elif kind == "result":
            self._result(event)

    def told(self, code: int | None, noise: str) -> Told:
        """What it comes to, after the program has ended. ``noise`` is what it printed that is no event."""
        error = self.error if self.ended else FAILED if code else ""
        return Told(
            words=paragraph(self.words or self._text or noise),
            # It gives the id that it was asked for even when there is no such conversation.
            conversation="" if self._gone else self.conversation,
            error=error,
            resets_at=self.until,
            usage=self.usage,
        )

    @property
    def until(self) -> float:
        """When the usage limit ends that it failed for, in seconds since 1970; 0: it did not, or does not say."""
        return self.resets_at if self.ended and self.error == RATE_LIMITED else 0.0

    @property
    def usage(self) -> Usage | None:
        """What was used so far, with that of subagents."""
        if self._used is None:
            return Usage(model=self._model) if self._model else None
        window = self._windows.get(self._model)
        return Usage(
            input_tokens=self._used.input,
            output_tokens=self._used.output,
            cached_tokens=self._used.cached,
            cost=self._used.cost,
            context=self._filled / window if window and self._model else None,
            steps=self._steps,
            model=self._model,
        )

    def _message(self, event: dict[str, Any]) -> None:
        message = an_object(event.get("message"))
        self._named = a_text(event.get("error"))
        texts = (a_text(part.get("text")) for part in objects(message.get("content")) if part.get("type") == "text")
        self._text = "\n".join(text for text in texts if text) or self._text
        model = a_text(message.get("model"))
        if model and model != _NO_MODEL:
            self._model = model
            self._filled = sum(a_number(an_object(message.get("usage")).get(part)) for part in _CONTEXT)

    def _result(self, result: dict[str, Any]) -> None:
        errors = result.get("errors")
        said = "; ".join(map(a_text, errors)) if isinstance(errors, list) else ""
        self.ended = True
        self.words = a_text(result.get("result")) or said or self._text
        self._gone = "No conversation found" in said
        fine = not result.get("is_error") and result.get("subtype") == "success"
        self.interrupted = not fine and a_text(result.get("terminal_reason")).startswith("aborted")
        status = result.get("api_error_status")
        if fine or self.interrupted:
            self.error = ""
        else:
            # Its message may be cut off, or name none.
            self.error = ERRORS.get(self._named) or kind_of(self.words, status if isinstance(status, int) else None)
        if self.interrupted:
            self.words = self._text
        self._count(result)

    def _count(self, result: dict[str, Any]) -> None:
        """Newer versions say what was used since the last result, and count the whole conversation in `modelUsage`.

        In older ones that counts what the process used.
        """
        models = an_object(result.get("modelUsage"))
        newest = result.get("model_usage_since_last_result")
        used = _used(an_object(models if newest is None else newest))
        if used is not None:
            self._used = used if newest is None or self._used is None else self._used.plus(used)
            self._steps = (self._steps or 0) + int(a_number(result.get("num_turns")))
        # A window of another size has a name of its own: `claude-opus-4-8[1m]`.
        sizes = {name.split("[")[0]: a_number(an_object(one).get("contextWindow")) for name, one in models.items()}
        self._windows = sizes or self._windows


def _used(models: dict[str, Any]) -> _Used | None:
    found = [an_object(one) for one in models.values()]
    if not found:
        return None
    cached = _sum(found, "cacheReadInputTokens")
    return _Used(
        input=_sum(found, "inputTokens") + cached + _sum(found, "cacheCreationInputTokens"),
        output=_sum(found, "outputTokens"),
        cached=cached,
        cost=sum(a_number(one["costUSD"]) for one in found) if all("costUSD" in one for one in found) else None,
    )


def _sum(models: list[dict[str, Any]], key: str) -> int:
    return int(sum(a_number(one.get(key)) for one in models))
