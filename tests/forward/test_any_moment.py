"""A daemon may die between any two messages: the next one has the editor's text, and every request has one answer."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from agent_orchestrator.forward.edits import apply, split

URI = "file:///d"
EDITS = 60


class Server:
    """Keeps one document; dies after as many messages as it is told, one number for each of its lives."""

    def __init__(self, peer, lives):
        self._peer = peer
        self._lives = lives
        self.lines = []

    def run(self):
        for messages in self._lives:
            daemon = self._peer.accept()
            self._serve(daemon, messages)
            daemon.die()
        daemon = self._peer.accept()
        self._serve(daemon, None)
        return "".join(self.lines)

    def _serve(self, daemon, messages):
        self.lines = []
        while messages != 0:
            message = daemon.receive()
            messages = messages and messages - 1
            if message["method"] == "textDocument/didOpen":
                self.lines = split(message["params"]["textDocument"]["text"])
            if message["method"] == "textDocument/didChange":
                for change in message["params"]["contentChanges"]:
                    apply(self.lines, change, "utf-16")
            if message["method"] == "last words":
                return daemon.answer(message["id"], messages is None)
            if "id" in message:
                daemon.answer(message["id"], {"capabilities": {}})
        return None


@pytest.mark.parametrize("seed", range(16))
def test_the_text_survives_and_each_request_is_answered_once(peer, editor, seed):
    chance = random.Random(seed)
    server = Server(peer, [chance.randrange(1, 2 * EDITS) for _ in range(chance.randrange(1, 3))])
    with ThreadPoolExecutor(1) as pool:
        served = pool.submit(server.run)
        client = editor()
        client.request("first", "initialize")
        assert client.receive()["id"] == "first"
        client.notify("initialized")
        text = "one\r\ntwo\n"
        lines = split(text)
        document = {"uri": URI, "languageId": "plain", "version": 0, "text": text}
        client.notify("textDocument/didOpen", textDocument=document)
        for version in range(EDITS):
            change = {"range": somewhere(chance, lines), "text": chance.choice(["", "x", "\n", "\r", "é😋", "\r\n"])}
            apply(lines, change, "utf-16")
            client.notify(
                "textDocument/didChange", textDocument={"uri": URI, "version": version}, contentChanges=[change]
            )
            client.request(version, "m")
        answers = sorted(client.receive()["id"] for _ in range(EDITS))
        assert answers == list(range(EDITS))
        heard = {}
        while not heard.get("result"):
            client.request("last", "last words")
            heard = client.receive()
        assert served.result() == "".join(lines)


def somewhere(chance, lines):
    points = sorted((chance.randrange(len(lines) + 1), chance.randrange(4)) for _ in range(2))
    start, end = ({"line": line, "character": character} for line, character in points)
    return {"start": start, "end": end}
