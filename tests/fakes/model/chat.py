"""OpenAI chat completions: ``POST /v1/chat/completions``, streamed and whole; spoken by many other vendors too."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

from .answer import Answer, Event, arguments, name, pieces, text, texts
from .openai import error as error
from .script import Asked, Turn

_WHO = {"assistant": "model", "tool": "tool"}


def read(body: Mapping[str, Any], path: str) -> Asked:
    """What is asked."""
    messages = body.get("messages", ())
    schema = ((body.get("response_format") or {}).get("json_schema") or {}).get("schema") or {}
    return Asked(
        model=body.get("model", ""),
        stream=bool(body.get("stream")),
        system="\n".join(text(m.get("content")) for m in messages if m.get("role") in ("system", "developer")),
        turns=tuple(turn for message in messages for turn in _turns(message)),
        tools=tuple(tool["function"]["name"] for tool in body.get("tools") or () if "function" in tool),
        wanted=tuple(schema.get("properties", ())),
    )


def _turns(message: Mapping[str, Any]) -> Iterator[Turn]:
    if message["role"] == "user":
        yield from (Turn("user", said) for said in texts(message.get("content")))
    elif message["role"] in _WHO:
        yield Turn(_WHO[message["role"]], text(message.get("content")))


def _calls(answer: Answer) -> list[dict[str, Any]]:
    return [
        {"id": name("call"), "type": "function", "function": {"name": call.tool, "arguments": arguments(call)}}
        for call in answer.calls
    ]


def _usage(answer: Answer) -> dict[str, Any]:
    return {
        "prompt_tokens": answer.input,
        "completion_tokens": answer.output,
        "total_tokens": answer.input + answer.output,
        "prompt_tokens_details": {"cached_tokens": answer.cached},
    }


def _frame(answer: Answer, kind: str) -> dict[str, Any]:
    return {"id": name("chatcmpl"), "object": kind, "created": int(time.time()), "model": answer.model}


def _finish(answer: Answer) -> str:
    return "tool_calls" if answer.calls else "stop"


def whole(answer: Answer) -> dict[str, Any]:
    """The answer in one piece."""
    message: dict[str, Any] = {"role": "assistant", "content": answer.text or None}
    if answer.think:
        message["reasoning_content"] = answer.think
    if answer.calls:
        message["tool_calls"] = _calls(answer)
    choice = {"index": 0, "message": message, "finish_reason": _finish(answer)}
    return {**_frame(answer, "chat.completion"), "choices": [choice], "usage": _usage(answer)}


def events(answer: Answer) -> Iterator[Event]:
    """The answer as a stream; its last chunk, without a choice, tells the usage."""
    frame = _frame(answer, "chat.completion.chunk")
    for delta in _deltas(answer):
        yield None, {**frame, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
    yield None, {**frame, "choices": [{"index": 0, "delta": {}, "finish_reason": _finish(answer)}]}
    yield None, {**frame, "choices": [], "usage": _usage(answer)}
    yield None, "[DONE]"


def _deltas(answer: Answer) -> Iterator[dict[str, Any]]:
    yield {"role": "assistant", "content": ""}
    for piece in pieces(answer.think):
        yield {"reasoning_content": piece}
    for piece in pieces(answer.text):
        yield {"content": piece}
    for index, call in enumerate(_calls(answer)):
        given = call["function"]["arguments"]
        yield {"tool_calls": [{"index": index, **call, "function": {**call["function"], "arguments": ""}}]}
        for piece in pieces(given):
            yield {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}
