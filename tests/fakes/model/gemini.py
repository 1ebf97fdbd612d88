"""Gemini: ``POST /v1beta/models/<model>:streamGenerateContent``, and whole by ``:generateContent``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .answer import Answer, Event, pieces, text, texts
from .script import Asked, Failure, Turn

_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


def read(body: Mapping[str, Any], path: str) -> Asked:
    """What is asked; which model, and whether as a stream, the path tells."""
    model, _, action = path.rpartition("/")[2].partition(":")
    config = body.get("generationConfig") or {}
    schema = config.get("responseJsonSchema") or config.get("responseSchema") or {}
    return Asked(
        model=model,
        stream=action == "streamGenerateContent",
        system=text((body.get("systemInstruction") or {}).get("parts")),
        turns=tuple(turn for content in body.get("contents", ()) for turn in _turns(content)),
        tools=tuple(f["name"] for tool in body.get("tools") or () for f in tool.get("functionDeclarations", ())),
        wanted=tuple(schema.get("properties", ())),
    )


def _turns(content: Mapping[str, Any]) -> Iterator[Turn]:
    parts = content.get("parts", ())
    if content.get("role") == "model":
        yield Turn("model", text(parts))
        return
    if any("functionResponse" in part for part in parts):
        yield Turn("tool", str([part["functionResponse"] for part in parts if "functionResponse" in part]))
    yield from (Turn("user", said) for said in texts(parts))


def _chunk(answer: Answer, parts: list[dict[str, Any]], finish: str | None) -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"role": "model", "parts": parts}, "index": 0}
    if finish:
        candidate["finishReason"] = finish
    return {
        "candidates": [candidate],
        "usageMetadata": {
            "promptTokenCount": answer.input,
            "candidatesTokenCount": answer.output,
            "cachedContentTokenCount": answer.cached,
            "totalTokenCount": answer.input + answer.output,
        },
        "modelVersion": answer.model,
    }


def _calls(answer: Answer) -> list[dict[str, Any]]:
    return [{"functionCall": {"name": call.tool, "args": call.input}} for call in answer.calls]


def _thoughts(answer: Answer) -> list[dict[str, Any]]:
    return [{"text": answer.think, "thought": True}] if answer.think else []


def whole(answer: Answer) -> dict[str, Any]:
    """The answer in one piece."""
    said: list[dict[str, Any]] = [{"text": answer.text}] if answer.text else []
    return _chunk(answer, _thoughts(answer) + said + _calls(answer), "STOP")


def events(answer: Answer) -> Iterator[Event]:
    """The answer as a stream: every event is a whole answer of a part; the last one has a reason to finish."""
    said: list[dict[str, Any]] = [{"text": piece} for piece in pieces(answer.text)]
    parts = _thoughts(answer) + said + _calls(answer)
    for part in parts[:-1]:
        yield None, _chunk(answer, [part], None)
    yield None, _chunk(answer, parts[-1:], "STOP")


def error(failure: Failure) -> dict[str, Any]:
    """The body of an error."""
    status = _STATUS.get(failure.status, "INTERNAL")
    return {"error": {"code": failure.status, "message": failure.message, "status": status, **failure.body}}


def counted(size: int) -> dict[str, Any]:
    """The answer to ``countTokens``."""
    return {"totalTokens": size // 4}
