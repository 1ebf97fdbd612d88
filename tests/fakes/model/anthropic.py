"""Anthropic Messages: ``POST /v1/messages``, streamed and whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .answer import Answer, Event, arguments, name, pieces, text, texts
from .script import Asked, Failure, Turn

_KIND = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    529: "overloaded_error",
}


def read(body: Mapping[str, Any], path: str) -> Asked:
    """What is asked."""
    schema = ((body.get("output_config") or {}).get("format") or {}).get("schema") or {}
    return Asked(
        model=body.get("model", ""),
        stream=bool(body.get("stream")),
        system=text(body.get("system")),
        turns=tuple(turn for message in body.get("messages", ()) for turn in _turns(message)),
        tools=tuple(tool["name"] for tool in body.get("tools") or ()),
        wanted=tuple(schema.get("properties", ())),
    )


def _turns(message: Mapping[str, Any]) -> Iterator[Turn]:
    """A message of a user can hold what tools gave and, beside that, what the user said meanwhile."""
    content = message.get("content")
    if message.get("role") == "assistant":
        yield Turn("model", text(content))
        return
    for part in content if isinstance(content, list) else ():
        if part.get("type") == "tool_result":
            yield Turn("tool", text(part.get("content")))
    yield from (Turn("user", said) for said in texts(content))


def whole(answer: Answer) -> dict[str, Any]:
    """The answer in one piece."""
    content: list[dict[str, Any]] = [{"type": "text", "text": answer.text}] if answer.text else []
    content += [
        {"type": "tool_use", "id": name("toolu"), "name": call.tool, "input": call.input} for call in answer.calls
    ]
    return {
        "id": name("msg"),
        "type": "message",
        "role": "assistant",
        "model": answer.model,
        "content": content,
        "stop_reason": "tool_use" if answer.calls else "end_turn",
        "stop_sequence": None,
        "usage": {
            "input_tokens": answer.input,
            "output_tokens": answer.output,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": answer.cached,
        },
    }


def events(answer: Answer) -> Iterator[Event]:
    """The answer as a stream."""
    for data in _events(answer):
        yield data["type"], data


def _events(answer: Answer) -> Iterator[dict[str, Any]]:
    full = whole(answer)
    usage = {**full["usage"], "output_tokens": 1}
    yield {
        "type": "message_start",
        "message": {**full, "content": [], "stop_reason": None, "usage": usage},
    }
    calls = iter(answer.calls)
    for index, block in enumerate(full["content"]):
        if block["type"] == "text":
            empty, deltas = {**block, "text": ""}, [{"type": "text_delta", "text": t} for t in pieces(answer.text)]
        else:
            parts = pieces(arguments(next(calls)))
            empty, deltas = {**block, "input": {}}, [{"type": "input_json_delta", "partial_json": t} for t in parts]
        yield {"type": "content_block_start", "index": index, "content_block": empty}
        for delta in deltas:
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    yield {
        "type": "message_delta",
        "delta": {"stop_reason": full["stop_reason"], "stop_sequence": None},
        "usage": {"output_tokens": answer.output},
    }
    yield {"type": "message_stop"}


def error(failure: Failure) -> dict[str, Any]:
    """The body of an error."""
    kind = _KIND.get(failure.status, "api_error")
    return {
        "type": "error",
        "error": {"type": kind, "message": failure.message, **failure.body},
        "request_id": name("req"),
    }


def counted(size: int) -> dict[str, Any]:
    """The answer to ``count_tokens``."""
    return {"input_tokens": size // 4}
