"""OpenAI Responses: ``POST /v1/responses``, streamed and whole."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

from .answer import Answer, Event, arguments, name, pieces, text, texts
from .openai import error as error
from .script import Asked, Turn


def read(body: Mapping[str, Any], path: str) -> Asked:
    """What is asked."""
    given = body.get("input", ())
    items = [{"role": "user", "content": given}] if isinstance(given, str) else given
    told = [text(item.get("content")) for item in items if item.get("role") in ("system", "developer")]
    schema = ((body.get("text") or {}).get("format") or {}).get("schema") or {}
    return Asked(
        model=body.get("model", ""),
        stream=bool(body.get("stream")),
        system="\n".join((body.get("instructions") or "", *told)),
        turns=tuple(turn for item in items for turn in _turns(item)),
        tools=tuple(tool["name"] for tool in body.get("tools") or () if "name" in tool),
        wanted=tuple(schema.get("properties", ())),
    )


def _turns(item: Mapping[str, Any]) -> Iterator[Turn]:
    kind = item.get("type", "message")
    if kind.endswith("_output"):
        yield Turn("tool", text(item.get("output")))
    elif kind.endswith("_call") or item.get("role") == "assistant":
        yield Turn("model", text(item.get("content")))
    elif item.get("role") == "user":
        yield from (Turn("user", said) for said in texts(item.get("content")))


def _items(answer: Answer) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    if answer.text:
        content = [{"type": "output_text", "text": answer.text, "annotations": []}]
        items.append(
            {"type": "message", "id": name("msg"), "role": "assistant", "status": "completed", "content": content}
        )
    items += [
        {
            "type": "function_call",
            "id": name("fc"),
            "call_id": name("call"),
            "status": "completed",
            "name": call.tool,
            "arguments": arguments(call),
        }
        for call in answer.calls
    ]
    return items


def whole(answer: Answer) -> dict[str, Any]:
    """The answer in one piece."""
    return {
        "id": name("resp"),
        "object": "response",
        "created_at": int(time.time()),
        "model": answer.model,
        "status": "completed",
        "error": None,
        "output": _items(answer),
        "usage": {
            "input_tokens": answer.input,
            "input_tokens_details": {"cached_tokens": answer.cached},
            "output_tokens": answer.output,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": answer.input + answer.output,
        },
    }


def events(answer: Answer) -> Iterator[Event]:
    """The answer as a stream."""
    for number, data in enumerate(_events(answer)):
        yield data["type"], {**data, "sequence_number": number}


def _events(answer: Answer) -> Iterator[dict[str, Any]]:
    full = whole(answer)
    yield {"type": "response.created", "response": {**full, "status": "in_progress", "output": [], "usage": None}}
    for index, item in enumerate(full["output"]):
        at = {"item_id": item["id"], "output_index": index}
        empty = {"content": []} if item["type"] == "message" else {"arguments": ""}
        added = {**item, "status": "in_progress", **empty}
        yield {"type": "response.output_item.added", "output_index": index, "item": added}
        if item["type"] == "message":
            yield from ({**data, **at, "content_index": 0} for data in _said(answer.text))
        else:
            yield from ({**data, **at} for data in _arguments(item["arguments"]))
        yield {"type": "response.output_item.done", "output_index": index, "item": item}
    yield {"type": "response.completed", "response": full}


def _said(said: str) -> Iterator[dict[str, Any]]:
    part = {"type": "output_text", "text": "", "annotations": []}
    yield {"type": "response.content_part.added", "part": part}
    for piece in pieces(said):
        yield {"type": "response.output_text.delta", "delta": piece}
    yield {"type": "response.output_text.done", "text": said}
    yield {"type": "response.content_part.done", "part": {**part, "text": said}}


def _arguments(given: str) -> Iterator[dict[str, Any]]:
    for piece in pieces(given):
        yield {"type": "response.function_call_arguments.delta", "delta": piece}
    yield {"type": "response.function_call_arguments.done", "arguments": given}
