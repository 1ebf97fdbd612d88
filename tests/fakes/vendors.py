"""Small clients, written from what vendors publish: a conversation becomes a request, what comes becomes an answer."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import define, field, frozen

#: Seconds that a client waits for a byte, unless told.
PATIENCE = 10.0

#: (who, text): ``user``, ``model`` with a text, ``call`` with a tool's name, ``tool`` with what it gave.
Turn = tuple[str, str]


@define
class Said:
    """An answer, put together."""

    status: int = 200
    headers: Mapping[str, str] = field(factory=dict)
    text: str = ""
    calls: list[tuple[str, Any]] = field(factory=list)
    #: Tokens: in, out, cached.
    usage: tuple[int, int, int] | None = None
    #: Whether it ended as an answer ends, and why.
    ended: str | None = None
    body: Any = None
    #: (event name or None, data), as they came.
    events: list[tuple[str | None, Any]] = field(factory=list)


def post(port: int, path: str, body: Any, patience: float = PATIENCE) -> http.client.HTTPResponse:
    """The beginning of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=patience)
    headers = {"content-type": "application/json", "authorization": "Bearer sk-secret"}
    connection.request("POST", path, json.dumps(body), headers)
    return connection.getresponse()


def events(response: http.client.HTTPResponse) -> Iterator[tuple[str | None, Any]]:
    """Server-sent events; raises IncompleteRead where the connection ends before the answer does."""
    name, buffer = None, b""
    while True:
        # Line by line: http.client would give a cut line as if it were whole.
        piece = response.read(1)
        if not piece:
            if buffer:
                raise http.client.IncompleteRead(buffer)
            return
        buffer += piece
        if piece != b"\n":
            continue
        line, buffer = buffer.decode().strip(), b""
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            data = line.removeprefix("data: ")
            yield name, data if data == "[DONE]" else json.loads(data)
            name = None


@frozen
class Vendor:
    """A client of one format."""

    name: str
    path: str
    whole_path: str | None = None

    def ask(
        self,
        port: int,
        *turns: Turn,
        tools: Sequence[str] = (),
        system: str = "",
        stream: bool = True,
        patience: float = PATIENCE,
        more: Mapping[str, Any] | None = None,
    ) -> Said:
        """One request; ``turns`` is the whole conversation."""
        path = self.path if stream or not self.whole_path else self.whole_path
        body = {**self.body(turns, tools, system, stream), **(more or {})}
        response = post(port, path, body, patience)
        said = Said(response.status, {name.lower(): value for name, value in response.getheaders()})
        if response.status == 200 and stream:
            assert said.headers["content-type"] == "text/event-stream"
            for name, data in events(response):
                said.events.append((name, data))
                self.event(said, data)
        else:
            said.body = json.loads(response.read())
            if response.status == 200:
                self.whole(said, said.body)
        return said

    def body(self, turns: Sequence[Turn], tools: Sequence[str], system: str, stream: bool) -> dict[str, Any]:
        raise NotImplementedError

    def event(self, said: Said, data: Any) -> None:
        raise NotImplementedError

    def whole(self, said: Said, body: Any) -> None:
        raise NotImplementedError


class Anthropic(Vendor):
    def body(self, turns, tools, system, stream):
        blocks = {
            "user": lambda t: ("user", {"type": "text", "text": t}),
            "model": lambda t: ("assistant", {"type": "text", "text": t}),
            "call": lambda t: ("assistant", {"type": "tool_use", "id": "t1", "name": t, "input": {}}),
            "tool": lambda t: ("user", {"type": "tool_result", "tool_use_id": "t1", "content": t}),
        }
        messages = [{"role": role, "content": [block]} for role, block in (blocks[who](text) for who, text in turns)]
        given = [{"name": name, "description": "", "input_schema": {}} for name in tools]
        return {
            "model": "m",
            "max_tokens": 9,
            "stream": stream,
            "system": [{"type": "text", "text": system}],
            "tools": given,
            "messages": messages,
        }

    def event(self, said, data):
        if data["type"] == "message_start":
            usage = data["message"]["usage"]
            said.usage = (usage["input_tokens"], 0, usage["cache_read_input_tokens"])
        elif data["type"] == "content_block_start" and data["content_block"]["type"] == "tool_use":
            said.calls.append((data["content_block"]["name"], ""))
        elif data["type"] == "content_block_delta":
            delta = data["delta"]
            said.text += delta.get("text", "")
            if "partial_json" in delta:
                name, given = said.calls[-1]
                said.calls[-1] = (name, given + delta["partial_json"])
        elif data["type"] == "message_delta":
            said.ended = data["delta"]["stop_reason"]
            said.usage = (said.usage[0], data["usage"]["output_tokens"], said.usage[2])
        elif data["type"] == "message_stop":
            said.calls = [(name, json.loads(given)) for name, given in said.calls]

    def whole(self, said, body):
        said.text = "".join(block.get("text", "") for block in body["content"])
        said.calls = [(b["name"], b["input"]) for b in body["content"] if b["type"] == "tool_use"]
        usage = body["usage"]
        said.usage = (usage["input_tokens"], usage["output_tokens"], usage["cache_read_input_tokens"])
        said.ended = body["stop_reason"]


class Responses(Vendor):
    def body(self, turns, tools, system, stream):
        items = {
            "user": lambda t: {"type": "message", "role": "user", "content": [{"type": "input_text", "text": t}]},
            "model": lambda t: {
                "type": "message",
                "role": "assistant",
                "content": [{"type": "output_text", "text": t}],
            },
            "call": lambda t: {"type": "function_call", "call_id": "c1", "name": t, "arguments": "{}"},
            "tool": lambda t: {"type": "function_call_output", "call_id": "c1", "output": t},
        }
        given = [{"type": "function", "name": name, "parameters": {}} for name in tools]
        conversation = [items[who](text) for who, text in turns]
        return {"model": "m", "stream": stream, "instructions": system, "tools": given, "input": conversation}

    def event(self, said, data):
        if data["type"] == "response.output_text.delta":
            said.text += data["delta"]
        elif data["type"] == "response.output_item.done" and data["item"]["type"] == "function_call":
            said.calls.append((data["item"]["name"], json.loads(data["item"]["arguments"])))
        elif data["type"] == "response.completed":
            self._end(said, data["response"])

    def whole(self, said, body):
        said.text = "".join(p["text"] for item in body["output"] for p in item.get("content", ()))
        calls = [item for item in body["output"] if item["type"] == "function_call"]
        said.calls = [(call["name"], json.loads(call["arguments"])) for call in calls]
        self._end(said, body)

    def _end(self, said, response):
        usage = response["usage"]
        assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
        cached = usage["input_tokens_details"]["cached_tokens"]
        said.usage, said.ended = (usage["input_tokens"], usage["output_tokens"], cached), response["status"]


class Chat(Vendor):
    def body(self, turns, tools, system, stream):
        call = {"id": "c1", "type": "function"}
        messages = {
            "user": lambda t: {"role": "user", "content": t},
            "model": lambda t: {"role": "assistant", "content": t},
            "call": lambda t: {
                "role": "assistant",
                "tool_calls": [{**call, "function": {"name": t, "arguments": "{}"}}],
            },
            "tool": lambda t: {"role": "tool", "tool_call_id": "c1", "content": t},
        }
        given = [{"type": "function", "function": {"name": name, "parameters": {}}} for name in tools]
        conversation = [{"role": "system", "content": system}, *(messages[who](text) for who, text in turns)]
        return {"model": "m", "stream": stream, "tools": given, "messages": conversation}

    def event(self, said, data):
        if data == "[DONE]":
            said.calls = [(name, json.loads(given)) for name, given in said.calls]
            return
        for choice in data["choices"]:
            said.text += choice["delta"].get("content", "")
            for call in choice["delta"].get("tool_calls", ()):
                if "id" in call:
                    said.calls.append((call["function"]["name"], ""))
                name, given = said.calls[call["index"]]
                said.calls[call["index"]] = (name, given + call["function"]["arguments"])
            said.ended = choice["finish_reason"] or said.ended
        if "usage" in data:
            self._count(said, data["usage"])

    def whole(self, said, body):
        (choice,) = body["choices"]
        said.text, said.ended = choice["message"]["content"] or "", choice["finish_reason"]
        calls = [call["function"] for call in choice["message"].get("tool_calls", ())]
        said.calls = [(call["name"], json.loads(call["arguments"])) for call in calls]
        self._count(said, body["usage"])

    def _count(self, said, usage):
        cached = usage["prompt_tokens_details"]["cached_tokens"]
        said.usage = (usage["prompt_tokens"], usage["completion_tokens"], cached)


class Gemini(Vendor):
    def body(self, turns, tools, system, stream):
        contents = {
            "user": lambda t: ("user", {"text": t}),
            "model": lambda t: ("model", {"text": t}),
            "call": lambda t: ("model", {"functionCall": {"name": t, "args": {}}}),
            "tool": lambda t: ("user", {"functionResponse": {"name": "x", "response": {"output": t}}}),
        }
        conversation = [{"role": role, "parts": [part]} for role, part in (contents[who](text) for who, text in turns)]
        given = [{"functionDeclarations": [{"name": name, "parameters": {}} for name in tools]}]
        return {"systemInstruction": {"parts": [{"text": system}]}, "tools": given, "contents": conversation}

    def event(self, said, data):
        self.whole(said, data)

    def whole(self, said, body):
        (candidate,) = body["candidates"]
        for part in candidate["content"]["parts"]:
            said.text += part.get("text", "")
            if "functionCall" in part:
                said.calls.append((part["functionCall"]["name"], part["functionCall"]["args"]))
        usage = body["usageMetadata"]
        counted = ("promptTokenCount", "candidatesTokenCount", "cachedContentTokenCount")
        said.usage = tuple(usage[name] for name in counted)
        said.ended = candidate.get("finishReason", said.ended)


ANTHROPIC = Anthropic("anthropic", "/v1/messages?beta=true")
RESPONSES = Responses("responses", "/v1/responses")
CHAT = Chat("chat", "/v1/chat/completions")
_GEMINI = "/v1beta/models/m:"
GEMINI = Gemini("gemini", f"{_GEMINI}streamGenerateContent?alt=sse", f"{_GEMINI}generateContent")
VENDORS = (ANTHROPIC, RESPONSES, CHAT, GEMINI)
