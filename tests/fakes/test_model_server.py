"""The scripted model beside its answers: other paths, the log, and the program that serves."""

from __future__ import annotations

import http.client
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

MODEL = Path(__file__).parent / "model"


def request(port: int, method: str, path: str, body: bytes = b"") -> tuple[int, Any]:
    """(status, body) of a request."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path, body)
    response = connection.getresponse()
    text = response.read()
    return response.status, json.loads(text) if text else None


def test_tokens_are_counted(running: Any):
    body = json.dumps({"messages": [], "contents": []}).encode()
    anthropic = request(running.model.port, "POST", "/v1/messages/count_tokens?beta=true", body)
    gemini = request(running.model.port, "POST", "/v1beta/models/m:countTokens", body)
    assert (anthropic, gemini) == ((200, {"input_tokens": len(body) // 4}), (200, {"totalTokens": len(body) // 4}))


def test_it_can_be_looked_for(running: Any):
    assert request(running.model.port, "HEAD", "/") == (200, None)


def test_there_is_one_model(running: Any):
    status, body = request(running.model.port, "GET", "/v1/models")
    assert (status, [model["id"] for model in body["data"]]) == (200, ["mock-model"])


@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/what"), ("POST", "/v1/what"), ("POST", "/")])
def test_a_path_that_is_not_there_is_answered_with_those_that_are(running: Any, method: str, path: str):
    status, body = request(running.model.port, method, path)
    assert status == 404
    assert body["error"]["message"].startswith(f"nothing at {path}; there are POST …/messages, POST …/responses")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"messages": 1}', b'{"messages": [{"content": 1}]}'])
def test_what_is_not_a_request_is_refused(running: Any, body: bytes):
    status, answer = request(running.model.port, "POST", "/v1/messages", body)
    assert status == 400
    assert answer["error"]["message"].startswith("not a request of this format: ")


def test_many_requests_go_over_one_connection(running: Any, vendors: Any):
    connection = http.client.HTTPConnection("127.0.0.1", running.model.port, timeout=10)
    body = json.dumps(vendors.ANTHROPIC.body([("user", 'MOCK[{"text": "a"}]')], (), "", True))
    answers = []
    for _ in range(3):
        connection.request("POST", "/v1/messages", body)
        answers.append(connection.getresponse().read().count(b"event: message_stop"))
    assert answers == [1, 1, 1]


def test_the_log_has_what_was_asked_and_answered(running: Any, vendor: Any, stream: bool):
    steps = [{"tool": "Bash", "input": {"command": "ls"}}, {"text": "done"}]
    turns = (("user", "a"), ("user", f"MOCK{json.dumps(steps)}"), ("call", "Bash"), ("tool", "x.py"), ("user", "hurry"))
    for length in (2, 5):
        running.ask(vendor, *turns[:length], tools=["Bash"], system="Be good.", stream=stream)
    first, second = running.records
    same = {"format": vendor.name, "model": "m", "stream": stream, "tools": ["Bash"], "system": "Be good."}
    calls = [{"tool": "Bash", "input": {"command": "ls"}}]
    assert {name: first[name] for name in same} == same
    assert (first["said"], first["got"], first["step"]) == (["a", turns[1][1]], [], 0)
    assert (first["text"], first["calls"]) == ("", calls)
    assert (len(second["got"]), "x.py" in second["got"][0], second["said"]) == (1, True, ["hurry"])
    assert (second["step"], second["text"], second["calls"]) == (1, "done", [])


def test_the_log_has_no_secret(running: Any, vendor: Any):
    running.ask(vendor, ("user", "hello"))
    (record,) = running.records
    assert record["headers"]["authorization"] == "…"
    assert "sk-secret" not in json.dumps(record)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts the program by its path."""
    started: list[subprocess.Popen[str]] = []

    def serve(*arguments: str, path: Path = MODEL) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        argv = [sys.executable, "-I", "-S", str(path), *arguments]
        started.append(subprocess.Popen(argv, cwd=tmp_path, stdout=pipe, stderr=pipe, text=True))
        return started[-1]

    yield serve
    for process in started:
        process.kill()
        process.communicate()


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def test_the_program_says_its_port_answers_and_ends_when_told(serve: Any, vendor: Any):
    process = serve()
    port = int(first_line(process))
    assert vendor.ask(port, ("user", 'MOCK[{"text": "served"}]')).text == "served"
    process.send_signal(signal.SIGTERM)
    assert (process.communicate(timeout=10), process.returncode) == (("", ""), 0)


def test_the_program_works_wherever_its_folder_is_copied_to(serve: Any, vendor: Any, tmp_path: Path):
    shutil.copytree(MODEL, tmp_path / "other")
    port = int(first_line(serve(path=tmp_path / "other")))
    assert vendor.ask(port, ("user", 'MOCK[{"text": "served"}]')).text == "served"


def test_the_program_logs_each_request_as_a_line_before_it_answers(serve: Any, vendor: Any, tmp_path: Path):
    port = int(first_line(serve("--log", "log")))
    for text in ("a\nb", "ä"):
        vendor.ask(port, ("user", text))
        lines = (tmp_path / "log").read_text().splitlines()
        assert json.loads(lines[-1])["said"] == [text]
    assert len(lines) == 2


def test_the_program_has_scripts_from_a_file(serve: Any, vendor: Any, tmp_path: Path):
    (tmp_path / "scripts").write_text(json.dumps({"test_\\w+": [{"text": "from the file"}]}))
    port = int(first_line(serve("--scripts", "scripts")))
    assert vendor.ask(port, ("user", "fix test_half")).text == "from the file"


@pytest.mark.parametrize(
    ("file", "why"),
    [
        ("[]", "scripts: an object of patterns and their scripts is wanted"),
        ('{"a": [{"txt": ""}]}', "scripts: a: script, step 0: unknown 'txt'"),
        ('{"(": []}', "scripts: (: missing ), unterminated subpattern at position 0"),
        ("{", "scripts: Expecting property name"),
    ],
)
def test_a_wrong_file_of_scripts_is_refused_with_the_reason(serve: Any, tmp_path: Path, file: str, why: str):
    (tmp_path / "scripts").write_text(file)
    process = serve("--scripts", "scripts")
    output, errors = process.communicate(timeout=10)
    assert (process.returncode, output) == (1, "")
    assert errors.startswith(f"model: {why}")


def test_a_port_that_is_taken_is_said(serve: Any, running: Any):
    process = serve("--port", str(running.model.port))
    _, errors = process.communicate(timeout=10)
    assert (process.returncode, errors.startswith(f"model: port {running.model.port}: ")) == (1, True)
