"""Conversations with Codex: what is done in each, and the facts that have to come of it.

``python tests/agents/channel_codex.py [-k NAME]`` records what the program prints in them (it has to be installed). The
tests hold them with the program, and replay ``recorded/codex-channel/<name>.jsonl`` without it.
"""

from __future__ import annotations

import importlib.util
import json
import re
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from attrs import define, evolve, field, frozen

from agent_orchestrator.model import activity as a
from agent_orchestrator.plugins.agent.codex import CodexAgent

HERE = Path(__file__).parent
RECORDED = HERE / "recorded" / "codex-channel"


def load(name: str) -> ModuleType:
    """A module of this folder."""
    full = f"ao_agents_{name}"
    if full not in sys.modules:
        spec = importlib.util.spec_from_file_location(full, HERE / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[full] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[full])
    return sys.modules[full]


talking, turns, record = load("talk"), load("turns"), load("record_codex")
run, limit = record.run, record.limit
#: What it may be given as a text where that is not what it seems.
ODD = "/compact !ls @calc.py \x00\x07\x1b[31m \u202e résumé 漢字 🎉\r\n\ttab, half a pair: \ud83d."
ODD_TOLD = ODD.replace("\ud83d", "\ufffd")


@define
class Stage:
    """Where a conversation is held: with one program after the other, each going on with a conversation or not."""

    place: Any
    program: Path
    stack: ExitStack
    talks: list[Any] = field(factory=list)

    def agent(self, **more: Any) -> CodexAgent:
        """As somebody with a key uses it."""
        return record.with_key(self.place, self.program, channel="structured", **more)

    def start(self, conversation: str = "", agent: CodexAgent | None = None, **more: Any) -> Any:
        """Start the program; it is ready."""
        talk = self.open(conversation, agent, **more)
        talk.until(a.READY)
        return talk

    def open(self, conversation: str = "", agent: CodexAgent | None = None, **more: Any) -> Any:
        """Start the program."""
        # Over the bridge, as in life.
        bench = evolve(turns.bench_of(self.place, conversation), door=self.place.home / "door")
        launch = (agent or self.agent(**more)).launch(turns.task_of(), bench, self.place.home / "task.json")
        self.talks.append(self.stack.enter_context(talking.talk(self.place, launch)))
        return self.talks[-1]

    def wait_for(self, name: str) -> None:
        """Wait until a command has made this file: one that is interrupted as it starts may be left running."""
        deadline = time.monotonic() + talking.PATIENCE
        while not (self.place.tree / name).exists():
            assert time.monotonic() < deadline, f"there is no {name}"
            time.sleep(0.01)

    def say(self, *steps: Any, message: str = "m1", **more: Any) -> Any:
        """Start the program and tell it a script for the model."""
        talk = self.start(**more)
        talk.say(message, script(*steps))
        return talk


@frozen
class Scenario:
    """``hold`` holds the conversation, of which the last program's part counts. ``facts``: beginnings of lines."""

    hold: Callable[[Stage], None]
    facts: str
    resumed: bool = False


SCENARIOS: dict[str, Scenario] = {}


def scenario(facts: str, resumed: bool = False) -> Callable[[Callable[[Stage], None]], Callable[[Stage], None]]:
    """Note a conversation under its function's name."""

    def note(hold: Callable[[Stage], None]) -> Callable[[Stage], None]:
        SCENARIOS[hold.__name__.replace("_", "-")] = Scenario(hold, facts, resumed)
        return hold

    return note


def script(*steps: Any, text: str = "Do it.") -> str:
    """A message with a script for the model."""
    return turns.scripted(text, steps)


def outside(command: str, why: str = "Needs more.") -> dict[str, Any]:
    """The call that would run a command outside of the sandbox."""
    return run(command, sandbox_permissions="require_escalated", justification=why)


def patch(path: object) -> dict[str, Any]:
    """The call that makes a new file."""
    return run(f"apply_patch <<'EOF'\n*** Begin Patch\n*** Add File: {path}\n+new\n*** End Patch\nEOF")


def rendered(facts: list[a.Fact]) -> list[str]:
    """Facts as lines, without those that come all the time: usage, and that it thinks."""
    return [line(fact) for fact in facts if fact.kind != a.USED and (fact.kind, fact.text) != (a.WORKING, "Think")]


def line(fact: a.Fact) -> str:
    """A fact as a line."""
    words = [fact.kind]
    if fact.ask is not None:
        ask = fact.ask
        words += [ask.id, ask.kind, ask.action, *ask.subjects, f"<{' '.join(option.id for option in ask.options)}>"]
    elif fact.message:
        words.append(fact.message)
    words += [fact.error] if fact.error else []
    words += [f"background={fact.background}"] if fact.background else []
    words += [f"until={fact.until:.0f}"] if fact.until else []
    words += [fact.text] if fact.kind not in (a.ANSWERED, a.READY) and fact.text else []
    return " ".join(words)


def check(facts: list[a.Fact], expected: str, folder: str) -> None:
    """Are these the facts that have to come of it? ``$HERE`` in them is the folder of the place."""
    lines = rendered(facts)
    wanted = [one.strip().replace("$HERE", folder) for one in expected.strip().splitlines()]
    assert len(lines) == len(wanted), "\n".join(lines)
    for got, beginning in zip(lines, wanted, strict=True):
        assert got.startswith(beginning), "\n".join(lines)


ASKED = "0 permission run touch ../out <accept acceptWithExecpolicyAmendment decline cancel>"
DONE = {"text": "Done."}
COMMAND = outside("touch ../out")


@scenario(
    """
    ready
    accepted m1
    done Looked at it.
    """
)
def success(stage: Stage) -> None:
    talk = stage.say(*record.FIRST)
    talk.until(a.DONE)
    assert talk.close() == 0


@scenario(
    """
    ready
    accepted m1
    working Edit: calc.py
    working Run: git commit -qam 'Fix add'
    done Fixed and committed.
    """
)
def fixes_and_commits(stage: Stage) -> None:
    talk = stage.say(*record.FIX)
    talk.until(a.DONE)
    assert talk.close() == 0
    assert stage.place.git("show", "HEAD:calc.py").endswith("return a + b\n")
    assert stage.place.git("rev-list", "--count", "main..HEAD") == "1\n"


@scenario(
    """
    ready
    accepted m1
    working Run: touch ../out; echo $?
    done It is read-only.
    """
)
def in_the_sandbox_nothing_is_asked(stage: Stage) -> None:
    talk = stage.say(run("touch ../out; echo $?"), {"text": "It is read-only."})
    talk.until(a.DONE)
    assert talk.close() == 0
    assert not (stage.place.tree.parent / "out").exists()


@scenario(
    f"""
    ready
    accepted m1
    working Run: touch ../out
    asked {ASKED}
    answered 0
    done Done.
    """
)
def allowed(stage: Stage) -> None:
    talk = stage.say(COMMAND, DONE)
    assert talk.until(a.ASKED).ask.text == "Needs more."
    assert not (stage.place.tree.parent / "out").exists()
    talk.answer("0", "accept")
    talk.until(a.DONE)
    assert talk.close() == 0
    assert (stage.place.tree.parent / "out").exists()


@scenario(
    f"""
    ready
    accepted m1
    working Run: touch ../out
    asked {ASKED}
    answered 0
    working Run: touch ../out
    done Done.
    """
)
def allowed_always(stage: Stage) -> None:
    talk = stage.say(COMMAND, COMMAND, DONE)
    talk.until(a.ASKED)
    talk.answer("0", "acceptWithExecpolicyAmendment")
    talk.until(a.DONE)
    assert talk.close() == 0


@scenario(
    f"""
    ready
    accepted m1
    working Run: touch ../out
    asked {ASKED}
    answered 0
    done Done.
    """
)
def refused(stage: Stage) -> None:
    talk = stage.say(COMMAND, DONE)
    talk.until(a.ASKED)
    talk.answer("0", "decline")
    talk.until(a.DONE)
    assert talk.close() == 0
    assert not (stage.place.tree.parent / "out").exists()
    assert "rejected by user" in stage.place.seen[-1]["got"][0]


@scenario(
    f"""
    ready
    accepted m1
    working Run: touch ../out
    asked {ASKED}
    answered 0
    done Done.
    """
)
def refused_with_words(stage: Stage) -> None:
    talk = stage.say(COMMAND, DONE)
    talk.until(a.ASKED)
    talk.answer("0", "decline", "Not outside of the worktree.")
    talk.until(a.DONE)
    assert talk.close() == 0
    assert "rejected by user" in stage.place.seen[-1]["got"][0]
    assert stage.place.seen[-1]["said"] == ["Not outside of the worktree."]


@scenario(
    f"""
    ready
    accepted m1
    working Run: touch ../out
    asked {ASKED}
    answered 0
    interrupted
    """
)
def refused_and_ended(stage: Stage) -> None:
    talk = stage.say(COMMAND, DONE)
    talk.until(a.ASKED)
    talk.answer("0", "cancel")
    talk.until(a.INTERRUPTED)
    assert talk.close() == 0
    assert len(stage.place.seen) == 1


@scenario(
    """
    ready
    accepted m1
    working Run: touch ../out
    asked 0 permission run touch ../out
    working Run: touch ../out
    asked 1 permission run touch ../out
    answered 1
    answered 0
    done Done.
    """
)
def two_asked_at_once(stage: Stage) -> None:
    # Which of two commands it asks first is not said: they are the same.
    talk = stage.say({"tools": [COMMAND, COMMAND]}, DONE)
    talk.until(a.ASKED)
    talk.until(a.ASKED)
    talk.answer("1", "accept")
    talk.until(a.ANSWERED)
    talk.answer("0", "decline")
    talk.until(a.DONE)
    assert talk.close() == 0
    assert (stage.place.tree.parent / "out").exists()
    assert sum("rejected by user" in text for text in stage.place.seen[-1]["got"]) == 1


@scenario(
    """
    ready
    accepted m1
    working Edit: out.txt
    asked 0 permission edit $HERE/main/out.txt <accept acceptForSession decline cancel>
    answered 0
    done Done.
    """
)
def edit_outside_allowed(stage: Stage) -> None:
    talk = stage.say(patch(stage.place.main / "out.txt"), DONE)
    talk.until(a.ASKED)
    talk.answer("0", "accept")
    talk.until(a.DONE)
    assert talk.close() == 0
    assert (stage.place.main / "out.txt").read_text() == "new\n"


@scenario(
    """
    ready
    accepted m1
    working Edit: out.txt
    asked 0 permission edit $HERE/main/out.txt <accept acceptForSession decline cancel>
    answered 0
    done Done.
    """
)
def edit_outside_refused(stage: Stage) -> None:
    talk = stage.say(patch(stage.place.main / "out.txt"), DONE)
    talk.until(a.ASKED)
    talk.answer("0", "decline")
    talk.until(a.DONE)
    assert talk.close() == 0
    assert not (stage.place.main / "out.txt").exists()


MORE = {"network": {"enabled": True}, "file_system": {"write": ["/var/tmp/elsewhere"]}}


@scenario(
    """
    ready
    accepted m1
    asked 0 permission other write /var/tmp/elsewhere network <turn session decline>
    answered 0
    done Done.
    """
)
def permissions_refused(stage: Stage) -> None:
    call = {"tool": "request_permissions", "input": {"reason": "To load.", "permissions": MORE}}
    talk = stage.say(call, DONE, args=("--enable", "request_permissions_tool"))
    assert talk.until(a.ASKED).ask.text == "To load."
    talk.answer("0", "decline")
    talk.until(a.DONE)
    assert talk.close() == 0
    assert json.loads(stage.place.seen[-1]["got"][0])["permissions"] == {"network": None, "file_system": None}


@scenario(
    """
    ready
    accepted m1
    asked 0 permission other write /var/tmp/elsewhere network <turn session decline>
    answered 0
    done Done.
    """
)
def permissions_allowed(stage: Stage) -> None:
    call = {"tool": "request_permissions", "input": {"reason": "To load.", "permissions": MORE}}
    talk = stage.say(call, DONE, args=("--enable", "request_permissions_tool"))
    talk.until(a.ASKED)
    talk.answer("0", "turn")
    talk.until(a.DONE)
    assert talk.close() == 0
    assert json.loads(stage.place.seen[-1]["got"][0])["permissions"]["network"] == {"enabled": True}


def questions(*more: str) -> dict[str, Any]:
    """The call that asks a person."""
    options = [{"label": "Yes", "description": "Go on"}, {"label": "No", "description": "Stop"}]
    asked = [
        {"id": f"q{n}", "header": "Way", "question": text, "options": options}
        for n, text in enumerate(("Which way?", *more))
    ]
    return {"tool": "request_user_input", "input": {"questions": asked}}


ASKS = {"args": ("--enable", "default_mode_request_user_input")}


@scenario(
    """
    ready
    accepted m1
    asked 0 question other <Yes No>
    answered 0
    done Done.
    """
)
def question(stage: Stage) -> None:
    talk = stage.say(questions(), DONE, **ASKS)
    ask = talk.until(a.ASKED).ask
    assert (ask.text, [option.label for option in ask.options]) == ("Which way?", ["Yes: Go on", "No: Stop"])
    talk.answer("0", "Yes")
    talk.until(a.DONE)
    assert talk.close() == 0
    assert json.loads(stage.place.seen[-1]["got"][0]) == {"answers": {"q0": {"answers": ["Yes"]}}}


@scenario(
    """
    ready
    accepted m1
    asked 0 question other <Yes No>
    answered 0
    done Done.
    """
)
def question_answered_in_own_words(stage: Stage) -> None:
    talk = stage.say(questions(), DONE, **ASKS)
    assert talk.until(a.ASKED).ask.free
    talk.answer("0", "", "Ask me later.")
    talk.until(a.DONE)
    assert talk.close() == 0
    assert json.loads(stage.place.seen[-1]["got"][0]) == {"answers": {"q0": {"answers": ["Ask me later."]}}}


@scenario(
    """
    ready
    accepted m1
    asked 0 question other <>
    answered 0
    done Done.
    """
)
def several_questions(stage: Stage) -> None:
    talk = stage.say(questions("How far?"), DONE, **ASKS)
    assert talk.until(a.ASKED).ask.text == "Which way? (Yes | No)\nHow far? (Yes | No)"
    talk.answer("0", "", "Yes\nA mile")
    talk.until(a.DONE)
    assert talk.close() == 0
    answers = {"q0": {"answers": ["Yes"]}, "q1": {"answers": ["A mile"]}}
    assert json.loads(stage.place.seen[-1]["got"][0]) == {"answers": answers}


WAIT = {"command": "while [ ! -e stop ]; do sleep 0.05; done", "yield_time_ms": 30000}
LONG = run("touch started; sleep 300")


@scenario(
    """
    ready
    accepted m1
    working Run: touch started; sleep 300
    interrupted
    """
)
def interrupted_in_a_tool(stage: Stage) -> None:
    talk = stage.say(LONG, DONE)
    talk.until(a.WORKING, text="Run: touch started; sleep 300")
    stage.wait_for("started")
    talk.interrupt()
    talk.until(a.INTERRUPTED)
    assert talk.close() == 0
    assert len(stage.place.seen) == 1


@scenario(
    """
    ready
    accepted m1
    interrupted
    """
)
def interrupted_while_the_model_hangs(stage: Stage) -> None:
    talk = stage.say({"hang": True})
    talk.until(a.ACCEPTED)
    talk.interrupt()
    talk.until(a.INTERRUPTED)
    assert talk.close() == 0


@scenario(
    f"""
    ready
    accepted m1
    working Run: touch ../out
    asked {ASKED}
    interrupted
    """
)
def interrupted_while_it_asks(stage: Stage) -> None:
    talk = stage.say(COMMAND, DONE)
    talk.until(a.ASKED)
    talk.interrupt()
    talk.until(a.INTERRUPTED)
    talk.answer("0", "accept")
    assert talk.close() == 0
    assert not (stage.place.tree.parent / "out").exists()


@scenario(
    """
    ready
    accepted m1
    working Run: touch started; sleep 300
    interrupted
    accepted m2
    done Again.
    """
)
def goes_on_after_an_interrupt(stage: Stage) -> None:
    talk = stage.say(LONG, DONE)
    talk.until(a.WORKING, text="Run: touch started; sleep 300")
    stage.wait_for("started")
    talk.interrupt()
    talk.until(a.INTERRUPTED)
    talk.say("m2", script({"text": "Again."}))
    talk.until(a.DONE)
    assert talk.close() == 0


@scenario(
    """
    ready
    accepted m1
    working Run: while
    accepted m2
    accepted m3
    done Both.
    """
)
def told_more_while_it_works(stage: Stage) -> None:
    stop = stage.place.tree / "stop"
    talk = stage.say(run(**WAIT), {"text": "Both."})
    talk.until(a.WORKING, text=f"Run: {WAIT['command']}")
    talk.say("m2", "And this.")
    talk.say("m3", "And that.")
    # Both are on their way before the tool ends: what the program reads it reads in order.
    talk.until_printed("say:m3")
    stop.touch()
    talk.until(a.DONE)
    assert talk.close() == 0
    assert stage.place.seen[-1]["said"] == ["And this.", "And that."]


@scenario(
    """
    ready
    accepted m1
    done One.
    accepted m2
    done Two.
    """
)
def told_more_when_it_is_done(stage: Stage) -> None:
    talk = stage.say({"text": "One."})
    talk.until(a.DONE)
    talk.say("m2", script({"text": "Two."}))
    talk.until(a.DONE)
    assert talk.close() == 0


@scenario(
    """
    ready
    accepted m1
    done Fine.
    """
)
def odd_text(stage: Stage) -> None:
    talk = stage.start()
    talk.say("m1", script({"text": "Fine."}, text=ODD))
    talk.until(a.DONE)
    assert talk.close() == 0
    assert stage.place.seen[-1]["said"][-1].startswith(ODD_TOLD + "\nMOCK")


@scenario(
    """
    ready
    accepted m1
    working Run: sleep 300
    done background=1 Server runs.
    """
)
def leaves_something_running(stage: Stage) -> None:
    talk = stage.say(run("sleep 300", yield_time_ms=250), {"text": "Server runs."})
    talk.until(a.DONE)
    assert talk.close() == 0


@scenario(
    """
    ready
    accepted m2
    done It is still there.
    """,
    resumed=True,
)
def resumed(stage: Stage) -> None:
    first = stage.say({"text": "I saw a minus."}, {"text": "It is still there."})
    first.until(a.DONE)
    first.close()
    # It has no script: its answer is the next step of the first one, if the model gets to see that.
    talk = stage.start(first.dialogue.told(0).conversation)
    talk.say("m2", "Go on.")
    talk.until(a.DONE)
    assert talk.close() == 0


@scenario(
    """
    ready
    accepted m2
    done Went on.
    """,
    resumed=True,
)
def resumed_after_it_was_killed(stage: Stage) -> None:
    first = stage.say(LONG, DONE)
    first.until(a.WORKING, text="Run: touch started; sleep 300")
    stage.wait_for("started")
    first.kill()
    talk = stage.start(first.dialogue.told(None).conversation)
    talk.say("m2", script({"text": "Went on."}))
    talk.until(a.DONE)
    assert talk.close() == 0
    assert "MOCK" in str(stage.place.seen[0]["said"])


@scenario("failed failed no rollout found for thread id 01a20444-cb2a-73a1-b4c7-5f2d832af5c3", resumed=True)
def resumed_what_is_gone(stage: Stage) -> None:
    talk = stage.open("01a20444-cb2a-73a1-b4c7-5f2d832af5c3")
    talk.until(a.FAILED)
    assert talk.close() == 0
    assert talk.dialogue.told(0).conversation == ""


def fails(stage: Stage, *steps: Any, **more: Any) -> None:
    """A turn that ends in an error, and one after it in the same program that does not."""
    talk = stage.say(*steps, **more)
    talk.until(a.FAILED)
    assert talk.close() == 0


@scenario(
    """
    ready
    accepted m1
    failed rate-limited exceeded retry limit, last status: 429 Too Many Requests
    """
)
def error_429(stage: Stage) -> None:
    fails(stage, {"error": 429, "message": "Too many requests"})


@scenario(
    f"""
    ready
    accepted m1
    failed rate-limited until={record.RESETS_AT - record.RESETS_AT % 60 + 60} You’ve hit your usage limit.
    """
)
def error_limit(stage: Stage) -> None:
    fails(stage, *limit(resets_at=record.RESETS_AT, plan_type="pro"))


@scenario(
    """
    ready
    accepted m1
    failed rate-limited You’ve hit your usage limit.
    """
)
def error_limit_without_a_time(stage: Stage) -> None:
    fails(stage, *limit(plan_type="team"))


@scenario(
    f"""
    ready
    accepted m1
    failed rate-limited until={record.RESETS_AT} You’ve hit your usage limit.
    """
)
def error_limit_of_a_window(stage: Stage) -> None:
    windows = {"primary": (100, 300, record.RESETS_AT), "secondary": (30, 10080, record.RESETS_AT + 9999)}
    headers = {
        f"x-codex-{name}-{key}": str(value)
        for name, values in windows.items()
        for key, value in zip(("used-percent", "window-minutes", "reset-at"), values, strict=True)
    }
    fails(stage, {**limit(resets_at=record.RESETS_AT - 1000, plan_type="pro")[0], "headers": headers})


@scenario(
    """
    ready
    accepted m1
    retrying unexpected status 401 Unauthorized: Incorrect API key provided
    failed not-logged-in unexpected status 401 Unauthorized: Incorrect API key provided
    """
)
def error_401(stage: Stage) -> None:
    fails(stage, {"error": 401, "message": "Incorrect API key provided"})


@scenario(
    """
    ready
    accepted m1
    failed not-logged-in Missing environment variable: `MOCK_API_KEY`.
    """
)
def error_no_key(stage: Stage) -> None:
    record.env(stage.place)
    fails(stage, DONE, agent=CodexAgent(command=(str(stage.program),)))


@scenario(
    """
    ready
    accepted m1
    failed refused Unsupported parameter (invalid_request_error)
    """
)
def error_400(stage: Stage) -> None:
    fails(stage, {"error": 400, "message": "Unsupported parameter"})


@scenario(
    """
    ready
    accepted m1
    retrying We’re currently experiencing high demand
    failed unreachable We’re currently experiencing high demand
    """
)
def error_500(stage: Stage) -> None:
    fails(stage, {"error": 500, "message": "Internal server error"})


@scenario(
    """
    ready
    accepted m1
    failed no-credit Quota exceeded.
    """
)
def error_quota(stage: Stage) -> None:
    fails(stage, *record.CASES["quota"][1][0])


@scenario(
    """
    ready
    accepted m1
    failed refused Codex ran out of room in the model's context window.
    """
)
def error_full(stage: Stage) -> None:
    fails(stage, *record.CASES["full"][1][0])


@scenario(
    """
    ready
    accepted m1
    retrying stream disconnected before completion
    failed unreachable stream disconnected before completion
    """
)
def error_drop(stage: Stage) -> None:
    fails(stage, *record.CASES["drop"][1][0])


@scenario(
    """
    ready
    accepted m1
    retrying unexpected status 401 Unauthorized: Incorrect API key provided
    failed not-logged-in unexpected status 401 Unauthorized: Incorrect API key provided
    accepted m2
    done Better.
    """
)
def goes_on_after_an_error(stage: Stage) -> None:
    talk = stage.say({"error": 401, "message": "Incorrect API key provided"})
    talk.until(a.FAILED)
    talk.say("m2", script({"text": "Better."}))
    talk.until(a.DONE)
    assert talk.close() == 0
    assert talk.dialogue.told(0).error == ""


@scenario(
    """
    ready
    accepted m1
    retrying Connection failed: error sending request
    """
)
def unreachable(stage: Stage) -> None:
    talk = stage.say(DONE, args=("-c", 'model_providers.mock.base_url="http://127.0.0.1:1/v1"'))
    talk.until(a.RETRYING)
    assert talk.close() == 0
    assert talk.dialogue.told(0).error == "unreachable"


def hold(place: Any, program: Callable[[str, str], Path], name: str) -> Any:
    """Hold a conversation with the program; what was said with the last one."""
    with ExitStack() as stack:
        stage = Stage(place, program("codex-0.169.0", "codex"), stack)
        SCENARIOS[name].hold(stage)
        return stage.talks[-1]


@pytest.mark.parametrize("name", SCENARIOS)
def test_record(place: Any, program: Callable[[str, str], Path], name: str):
    lines = "".join(f"{line}\n" for line in hold(place, program, name).lines)
    text = lines.replace(str(place.tree.parent), "/place").replace(str(HERE.parents[1]), "/repository")
    RECORDED.mkdir(parents=True, exist_ok=True)
    (RECORDED / f"{name}.jsonl").write_text(re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:8123", text))


if __name__ == "__main__":
    sys.exit(pytest.main([__file__, "-p", "no:cacheprovider", *sys.argv[1:]]))
