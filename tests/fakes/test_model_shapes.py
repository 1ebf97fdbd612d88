"""What goes over the wire, event by event and field by field, as the vendors publish it."""

from __future__ import annotations

import json
from typing import Any

import pytest

STEP = {
    "text": "Hi",
    "tool": "Bash",
    "input": {"command": "ls"},
    "usage": {"input": 100, "output": 20, "cached": 60},
}
#: What is different each time is only looked at for its beginning.
NAMED = {
    "id": ("msg_", "toolu_", "resp_", "fc_", "call_", "chatcmpl_"),
    "call_id": ("call_",),
    "item_id": ("msg_", "fc_"),
}


def settled(value: Any) -> Any:
    """The same with ids and times that do not differ."""
    if isinstance(value, list):
        return [settled(part) for part in value]
    if not isinstance(value, dict):
        return value
    found = {}
    for name, part in value.items():
        if name in NAMED and isinstance(part, str):
            found[name] = next(start for start in NAMED[name] if part.startswith(start)).rstrip("_")
        else:
            found[name] = 0 if name in ("created", "created_at") else settled(part)
    return found


@pytest.fixture
def ask(running: Any, vendors: Any) -> Any:
    """The events, or the body, of one vendor's answer to the same step."""

    def ask(name: str, *, stream: bool) -> Any:
        (vendor,) = (vendor for vendor in vendors.VENDORS if vendor.name == name)
        said = running.ask(vendor, ("user", f"MOCK{json.dumps([STEP])}"), tools=["Bash"], stream=stream)
        return settled(said.body) if said.body else [(event, settled(data)) for event, data in said.events]

    return ask


def named(*events: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(event["type"], event) for event in events]


def numbered(*events: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return named(*({**event, "sequence_number": number} for number, event in enumerate(events)))


ANTHROPIC_USAGE = {
    "input_tokens": 100,
    "output_tokens": 20,
    "cache_creation_input_tokens": 0,
    "cache_read_input_tokens": 60,
}
ANTHROPIC = {
    "id": "msg",
    "type": "message",
    "role": "assistant",
    "model": "m",
    "content": [
        {"type": "text", "text": "Hi"},
        {"type": "tool_use", "id": "toolu", "name": "Bash", "input": {"command": "ls"}},
    ],
    "stop_reason": "tool_use",
    "stop_sequence": None,
    "usage": ANTHROPIC_USAGE,
}


def test_anthropic_whole(ask: Any):
    assert ask("anthropic", stream=False) == ANTHROPIC


def test_anthropic_stream(ask: Any):
    text, tool = ANTHROPIC["content"]
    usage = {**ANTHROPIC_USAGE, "output_tokens": 1}
    start = {**ANTHROPIC, "content": [], "stop_reason": None, "usage": usage}
    delta = "content_block_delta"
    given = '{"command": "ls"}'
    assert ask("anthropic", stream=True) == named(
        {"type": "message_start", "message": start},
        {"type": "content_block_start", "index": 0, "content_block": {**text, "text": ""}},
        {"type": delta, "index": 0, "delta": {"type": "text_delta", "text": "Hi"}},
        {"type": "content_block_stop", "index": 0},
        {"type": "content_block_start", "index": 1, "content_block": {**tool, "input": {}}},
        {"type": delta, "index": 1, "delta": {"type": "input_json_delta", "partial_json": given}},
        {"type": "content_block_stop", "index": 1},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "tool_use", "stop_sequence": None},
            "usage": {"output_tokens": 20},
        },
        {"type": "message_stop"},
    )


SAID = {"type": "output_text", "text": "Hi", "annotations": []}
MESSAGE = {"type": "message", "id": "msg", "role": "assistant", "status": "completed", "content": [SAID]}
CALL = {
    "type": "function_call",
    "id": "fc",
    "call_id": "call",
    "status": "completed",
    "name": "Bash",
    "arguments": '{"command": "ls"}',
}
RESPONSE = {
    "id": "resp",
    "object": "response",
    "created_at": 0,
    "model": "m",
    "status": "completed",
    "error": None,
    "output": [MESSAGE, CALL],
    "usage": {
        "input_tokens": 100,
        "input_tokens_details": {"cached_tokens": 60},
        "output_tokens": 20,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 120,
    },
}


def test_responses_whole(ask: Any):
    assert ask("responses", stream=False) == RESPONSE


def test_responses_stream(ask: Any):
    text = {"item_id": "msg", "output_index": 0, "content_index": 0}
    call = {"item_id": "fc", "output_index": 1}
    begun = {**RESPONSE, "status": "in_progress", "output": [], "usage": None}
    part = {**SAID, "text": ""}
    started = [{**MESSAGE, "status": "in_progress", "content": []}, {**CALL, "status": "in_progress", "arguments": ""}]
    assert ask("responses", stream=True) == numbered(
        {"type": "response.created", "response": begun},
        {"type": "response.output_item.added", "output_index": 0, "item": started[0]},
        {"type": "response.content_part.added", **text, "part": part},
        {"type": "response.output_text.delta", **text, "delta": "Hi"},
        {"type": "response.output_text.done", **text, "text": "Hi"},
        {"type": "response.content_part.done", **text, "part": SAID},
        {"type": "response.output_item.done", "output_index": 0, "item": MESSAGE},
        {"type": "response.output_item.added", "output_index": 1, "item": started[1]},
        {"type": "response.function_call_arguments.delta", **call, "delta": CALL["arguments"]},
        {"type": "response.function_call_arguments.done", **call, "arguments": CALL["arguments"]},
        {"type": "response.output_item.done", "output_index": 1, "item": CALL},
        {"type": "response.completed", "response": RESPONSE},
    )


CHAT_USAGE = {
    "prompt_tokens": 100,
    "completion_tokens": 20,
    "total_tokens": 120,
    "prompt_tokens_details": {"cached_tokens": 60},
}
FUNCTION = {"name": "Bash", "arguments": '{"command": "ls"}'}
CHAT_CALL = {"id": "call", "type": "function", "function": FUNCTION}


def test_chat_whole(ask: Any):
    message = {"role": "assistant", "content": "Hi", "tool_calls": [CHAT_CALL]}
    assert ask("chat", stream=False) == {
        "id": "chatcmpl",
        "object": "chat.completion",
        "created": 0,
        "model": "m",
        "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}],
        "usage": CHAT_USAGE,
    }


def test_chat_stream(ask: Any):
    frame = {"id": "chatcmpl", "object": "chat.completion.chunk", "created": 0, "model": "m"}
    begun = {**CHAT_CALL, "index": 0, "function": {**FUNCTION, "arguments": ""}}
    deltas = [
        ({"role": "assistant", "content": ""}, None),
        ({"content": "Hi"}, None),
        ({"tool_calls": [begun]}, None),
        ({"tool_calls": [{"index": 0, "function": {"arguments": FUNCTION["arguments"]}}]}, None),
        ({}, "tool_calls"),
    ]
    chunks = [{**frame, "choices": [{"index": 0, "delta": d, "finish_reason": why}]} for d, why in deltas]
    expected = [*chunks, {**frame, "choices": [], "usage": CHAT_USAGE}, "[DONE]"]
    assert ask("chat", stream=True) == [(None, data) for data in expected]


GEMINI_USAGE = {
    "promptTokenCount": 100,
    "candidatesTokenCount": 20,
    "cachedContentTokenCount": 60,
    "totalTokenCount": 120,
}
GEMINI_PARTS = [{"text": "Hi"}, {"functionCall": {"name": "Bash", "args": {"command": "ls"}}}]


def gemini(parts: list[Any], **finish: str) -> dict[str, Any]:
    candidate = {"content": {"role": "model", "parts": parts}, "index": 0, **finish}
    return {"candidates": [candidate], "usageMetadata": GEMINI_USAGE, "modelVersion": "m"}


def test_gemini_whole(ask: Any):
    assert ask("gemini", stream=False) == gemini(GEMINI_PARTS, finishReason="STOP")


def test_gemini_stream(ask: Any):
    said, called = GEMINI_PARTS
    assert ask("gemini", stream=True) == [(None, gemini([said])), (None, gemini([called], finishReason="STOP"))]


ANTHROPIC_KINDS = {
    400: "invalid_request_error",
    401: "authentication_error",
    429: "rate_limit_error",
    500: "api_error",
    529: "overloaded_error",
}
OPENAI_KINDS = {400: "invalid_request_error", 401: "authentication_error", 429: "rate_limit_error", 500: "server_error"}
GEMINI_KINDS = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 429: "RESOURCE_EXHAUSTED", 503: "UNAVAILABLE"}


def openai(status: int) -> dict[str, Any]:
    return {"error": {"message": "no", "type": OPENAI_KINDS[status], "param": None, "code": None}}


ERRORS = [
    *(("anthropic", s, {"type": "error", "error": {"type": k, "message": "no"}}) for s, k in ANTHROPIC_KINDS.items()),
    *((name, status, openai(status)) for name in ("responses", "chat") for status in OPENAI_KINDS),
    *(("gemini", s, {"error": {"code": s, "message": "no", "status": k}}) for s, k in GEMINI_KINDS.items()),
]


@pytest.mark.parametrize(("name", "status", "body"), ERRORS)
def test_errors(running: Any, vendors: Any, name: str, status: int, body: Any):
    (vendor,) = (vendor for vendor in vendors.VENDORS if vendor.name == name)
    said = running.ask(vendor, ("user", f'MOCK[{{"error": {status}, "message": "no"}}]'))
    request = said.body.pop("request_id", None)
    assert (said.status, said.body) == (status, body)
    assert (request is not None) == (name == "anthropic")
