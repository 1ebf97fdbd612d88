"""Each command: what it asks the daemon, what it prints, its exit code."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from agent_orchestrator.cli.exits import DONE, NO_DAEMON, USAGE, Failure
from agent_orchestrator.protocol.types import (
    Argv,
    CiLog,
    CommentRow,
    DaemonState,
    Diff,
    Done,
    LogChunk,
    Projects,
    PullRow,
    Pulls,
    Queue,
    QueueRow,
    ReactionRow,
    Reactions,
    RuleRow,
    SessionDetail,
    Sessions,
    Text,
)

Ao = Callable[..., Any]

#: Commands that end with Done: the words typed, the method, and the parameters that are not empty.
ACTS = [
    ("stop shop-a", "stop", {"session": "shop-a"}),
    ("stop --project shop --all", "stop", {"project": "shop"}),
    ("stop --all", "stop", {"all": True}),
    ("stop", "stop", {"path": "HERE"}),
    ("stop --project ./sub", "stop", {"path": "HERE/sub"}),
    ("send shop-a look again", "send", {"session": "shop-a", "text": "look again"}),
    ("land shop-a", "land", {"session": "shop-a"}),
    ("land shop-a --allow", "land", {"session": "shop-a", "allow": True, "by": "ada"}),
    ("land --checkout", "land", {"path": "HERE", "checkout": True}),
    ("land", "land", {"path": "HERE"}),
    ("undo abc123", "undo", {"landing": "abc123", "path": "HERE"}),
    ("restore shop-a", "restore", {"session": "shop-a"}),
    ("clean --days 3", "clean", {"path": "HERE", "days": 3}),
    ("pause --project shop", "pause", {"project": "shop"}),
    ("pause --all", "pause", {"all": True}),
    ("resume --all", "resume", {"all": True}),
    ("resume", "resume", {"path": "HERE"}),
    ("open-pr shop-a --draft", "pullOpen", {"session": "shop-a", "draft": True}),
    (
        "claim-pr 12 Mend it --project shop --agent a --name n --runtime process",
        "pullClaim",
        {"project": "shop", "pull": "12", "task": "Mend it", "agent": "a", "name": "n", "runtime": "process"},
    ),
    ("claim-pr https://h/o/r/pull/1", "pullClaim", {"path": "HERE", "pull": "https://h/o/r/pull/1"}),
    ("merge-pr 12", "pullMerge", {"path": "HERE", "pull": "12"}),
    ("merge-pr 12 --no-checks", "pullMerge", {"path": "HERE", "pull": "12", "noChecks": True}),
    ("close-pr #12", "pullClose", {"path": "HERE", "pull": "#12"}),
    ("fix-ci 12", "ciFix", {"path": "HERE", "pull": "12"}),
    ("fix-ci 12 unit --project shop", "ciFix", {"project": "shop", "pull": "12", "check": "unit"}),
    ("rerun-ci 12", "ciRerun", {"path": "HERE", "pull": "12"}),
    (
        "reply 12 T1 because of that",
        "commentReply",
        {"path": "HERE", "pull": "12", "thread": "T1", "text": "because of that"},
    ),
    ("resolve 12 T1", "commentResolve", {"path": "HERE", "pull": "12", "thread": "T1"}),
    ("allow-comment 12 C1", "commentAllow", {"path": "HERE", "pull": "12", "comment": "C1"}),
    ("allow-comment 12 C1 --always", "commentAllow", {"path": "HERE", "pull": "12", "comment": "C1", "always": True}),
    ("send-comment 12 C1", "commentSend", {"path": "HERE", "pull": "12", "comment": "C1"}),
    ("ignore-author eve", "authorIgnore", {"path": "HERE", "author": "eve", "ignored": True}),
    ("ignore-author eve --undo", "authorIgnore", {"path": "HERE", "author": "eve"}),
    ("mute f1", "mute", {"failure": "f1", "muted": True, "by": "ada"}),
    ("mute f1 --off", "mute", {"failure": "f1", "by": "ada"}),
    (
        "new Task --project shop --name n --branch b --agent a --runtime process --workspace worktree --issue 7",
        "new",
        {
            "project": "shop",
            "task": "Task",
            "name": "n",
            "branch": "b",
            "agent": "a",
            "runtime": "process",
            "workspace": "worktree",
            "issue": "7",
        },
    ),
]


@pytest.fixture(autouse=True)
def ada(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "ada")


@pytest.mark.parametrize(("words", "method", "expected"), ACTS, ids=[row[0] for row in ACTS])
def test_what_a_command_asks(ao: Ao, tmp_path: Path, words: str, method: str, expected: Any) -> None:
    ran = ao(*words.split())
    asked = ran.asked(method)
    given = None if asked is None else {k: v for k, v in asked.items() if v or k == "days"}
    here = json.loads(json.dumps(expected).replace("HERE", str(tmp_path)))
    assert (given, ran.out, ran.code) == (here, f"{method}: done\n", DONE)


@pytest.mark.parametrize("words", [row[0] for row in ACTS])
def test_json_prints_what_was_done(ao: Ao, words: str) -> None:
    assert set(json.loads(ao(*words.split(), "--json").out)) == {"message", "id"}


_STEERS = (
    "list|status|status a|send a b|attach a|logs a|diff a|stop|restore a|land a|queue|undo a|mute a|clean|projects|"
    "pause|resume|pulls|open-pr a|merge-pr 1|fix-ci 1|ci-log 1|reply 1 a b|daemon stop|daemon status"
)


@pytest.mark.parametrize("words", _STEERS.split("|"))
def test_looking_and_steering_need_a_daemon(ao: Ao, words: str) -> None:
    ran = ao(*words.split(), daemon=False)
    assert (ran.code, ran.out, ran.err.count("\n"), ran.starts) == (NO_DAEMON, "", 1, (False,))


@pytest.mark.parametrize("words", ["list", "status", "queue", "projects", "logs a", "diff a"])
def test_an_error_is_json_where_json_was_asked_for(ao: Ao, words: str) -> None:
    ran = ao(*words.split(), "--json", daemon=False)
    assert (list(json.loads(ran.out)), ran.err, ran.code) == (["error"], "", NO_DAEMON)


def test_a_refusal_is_one_sentence_and_2(ao: Ao) -> None:
    ran = ao("stop", "nobody", answers={"stop": Failure("there is no session nobody")})
    assert (ran.code, ran.err) == (USAGE, "ao: there is no session nobody\n")


def test_list_prints_one_row_per_session(ao: Ao, rows: ModuleType, fakes: ModuleType) -> None:
    answer = Sessions(
        revision=1, sessions=(rows.session("a"), rows.session("b", "landed", last_activity=fakes.NOW - 7200))
    )
    assert ao("list", answers={"sessions": answer}).out == (
        "SESSION  STATE    DETAIL     AGENT    TASK   ACTIVE\n"
        "shop-a   working  ● working  autofix  Fix a  1 min ago\n"
        "shop-b   idle     ✓ landed   autofix  Fix b  2 h ago\n"
    )


@pytest.mark.parametrize("words", ["list", "status"])
def test_a_forge_that_lets_nothing_be_seen_is_told_first(ao: Ao, rows: ModuleType, words: str) -> None:
    answer = Sessions(revision=1, sessions=(rows.session("a"),), notices=("shop: its forge lets nothing be seen",))
    assert ao(words, answers={"sessions": answer}).out.startswith("! shop: its forge lets nothing be seen\nSESSION")


def test_list_json_is_the_wire_shape(ao: Ao, rows: ModuleType) -> None:
    ran = ao("list", "--json", answers={"sessions": Sessions(revision=4, sessions=(rows.session("a"),))})
    document = json.loads(ran.out)
    assert (document["revision"], document["sessions"][0]["workspacePath"]) == (4, "/src/shop/.worktrees/a")


def test_list_of_a_project(ao: Ao) -> None:
    asked = ao("list", "--project", "shop", "--closed", answers={"sessions": Sessions(revision=1)}).asked("sessions")
    assert asked == {"project": "shop", "path": "", "all": False, "closed": True}


def test_an_empty_list_says_what_to_do(ao: Ao) -> None:
    assert "`ao hunt` starts some" in ao("list", answers={"sessions": Sessions(revision=1)}).out


def test_status_of_a_session_tells_all_of_it(ao: Ao, rows: ModuleType) -> None:
    held = rows.session("a", "held: edits a test", held=("tests/t.py: assertion removed",), messages_waiting=1)
    detail = SessionDetail(session=held, failures=(rows.failure("t.py::x", "claimed"),), history=("12:00 started",))
    out = ao("status", "a", answers={"session": detail}).out
    wanted = ("agent       autofix", "branch      ao/shop-a", "/src/shop/.worktrees/a", "1 message not delivered yet")
    assert [text for text in (*wanted, "claimed  t.py::x", "12:00 started", "--allow") if text not in out] == []


def test_a_command_that_acts_names_the_project_of_this_folder(ao: Ao, fakes: ModuleType, tmp_path: Path) -> None:
    elsewhere, here = fakes.project("blog", "/src/blog"), fakes.project(path=str(tmp_path))
    known = [Projects(projects=(elsewhere,)), Projects(projects=(elsewhere, here))]
    ran = ao("new", "Task", answers={"projects": known, "projectAdd": Done(message="added", id="shop")})
    assert (ran.asked("projectAdd")["path"], ran.asked("new")["project"]) == (str(tmp_path), "shop")


def test_queue_prints_entries_and_landings(ao: Ao, rows: ModuleType) -> None:
    entry = QueueRow(position=1, session="shop-b", project="shop", title="Fix b", state="waits: dirty", base="1" * 40)
    out = ao("queue", answers={"queue": Queue(entries=(entry,), landings=(rows.landing("a", "total"),))}).out
    assert "1  shop-b   ◦ waits: dirty  Fix b\n" in out
    assert "a        aaaaaaa  shop-total  Fix total" in out


def test_projects_says_what_is_wrong_with_one(ao: Ao, fakes: ModuleType) -> None:
    broken = fakes.project("bad", "/src/bad", problem="not a git repository")
    out = ao("projects", answers={"projects": Projects(projects=(fakes.project(), broken))}).out
    assert "shop     ✓ ready" in out
    assert out.endswith("✗ bad: not a git repository\n")


def test_send_reads_standard_input(ao: Ao) -> None:
    assert ao("send", "a", "-", typed="two\nlines\n").asked("send")["text"] == "two\nlines\n"


def test_nothing_is_not_sent(ao: Ao) -> None:
    ran = ao("send", "a", "-", typed=" \n")
    assert (ran.code, [name for name, _ in ran.calls]) == (USAGE, [])


def test_attach_becomes_the_command(ao: Ao) -> None:
    ran = ao("attach", "a", tty=True, answers={"attach": Argv(argv=("tmux", "attach"), env={"X": "1"})})
    ((argv, environ),) = ran.executed
    assert (argv, environ["X"], environ["PATH"]) == (("tmux", "attach"), "1", "/usr/bin:/bin")


def test_attach_needs_a_terminal(ao: Ao) -> None:
    ran = ao("attach", "a", answers={"attach": Argv(argv=("tmux",))})
    assert (ran.code, ran.executed, "`ao logs -f`" in ran.err) == (USAGE, (), True)


def test_attach_to_a_missing_program_is_a_sentence(ao: Ao) -> None:
    def missing(argv: Any, environ: Any) -> None:
        raise FileNotFoundError(2, "No such file or directory")

    ran = ao("attach", "a", tty=True, execute=missing, answers={"attach": Argv(argv=("tmux",))})
    assert (ran.code, ran.err) == (USAGE, "ao: tmux can not be run: No such file or directory; `ao doctor` says more\n")


def test_logs_prints_the_tail(ao: Ao) -> None:
    ran = ao("logs", "a", answers={"logs": LogChunk(text="\x1b[1mhello\x1b[0m", offset=5, ended=False)})
    assert (ran.out, ran.asked("logs")["offset"]) == ("hello\n", -65536)


def test_logs_follows_from_turn_to_turn(ao: Ao) -> None:
    chunks = [
        LogChunk(text="first\n", offset=6, ended=False, turn=1),
        LogChunk(text="", offset=6, ended=False, turn=1),
        LogChunk(text="no end", offset=12, ended=False, turn=1),
        LogChunk(text="", offset=0, ended=False, turn=2),
        LogChunk(text="second\n", offset=7, ended=True, turn=2),
    ]
    ran = ao("logs", "-f", "a", answers={"logs": chunks})
    assert ran.out == "first\nno end\nsecond\n"
    assert [(p["offset"], p["turn"]) for _, p in ran.calls] == [(-65536, 0), (6, 1), (6, 1), (12, 1), (0, 2)]
    assert len(ran.slept) == 2


@pytest.mark.parametrize("tty", [True, False])
def test_prompt_prints_the_text_as_it_is(ao: Ao, tty: bool) -> None:
    text = "# A task\n\n" + "word " * 50 + "\n\n\tend\n"
    ran = ao("prompt", "a", tty=tty, answers={"prompt": Text(text=text)})
    assert (ran.out, ran.asked("prompt")) == (text, {"session": "a", "project": ""})


def test_prompt_as_json_is_one_document(ao: Ao) -> None:
    assert json.loads(ao("prompt", "a", "--json", answers={"prompt": Text(text="# A\n")}).out) == {"text": "# A\n"}


def test_diff_is_plain_in_a_pipe(ao: Ao) -> None:
    assert (
        ao("diff", "a", answers={"diff": Diff(base="b", head="h", text="--- a\n+++ b\n@@\n-x\n+\ty\n")}).out
        == "--- a\n+++ b\n@@\n-x\n+\ty\n"
    )


def test_diff_is_coloured_on_a_terminal(ao: Ao) -> None:
    out = ao("diff", "a", tty=True, answers={"diff": Diff(base="b", head="h", text="+new\n")}).out
    assert "+new" in out
    assert "\x1b[" in out


def test_no_color_takes_colours_out(ao: Ao) -> None:
    out = ao(
        "diff", "a", tty=True, env={"NO_COLOR": "1"}, answers={"diff": Diff(base="b", head="h", text="+new\n-old\n")}
    ).out
    assert [code for code in ("\x1b[3", "\x1b[9", ";3") if code in out] == []


def test_daemon_status(ao: Ao, fakes: ModuleType) -> None:
    state = DaemonState(
        version="1", pid=7, started_at=fakes.NOW - 60, revision=1, state_dir="/s", problems=("disk full",)
    )
    out = ao("daemon", "status", answers={"daemon": state}).out
    assert out == "✓ the daemon runs  version 1, process 7\n  for 1 min 0 s, state in /s\n  ! disk full\n"


def test_daemon_stop_waits_until_nobody_answers(ao: Ao) -> None:
    state = DaemonState(version="1", pid=7, started_at=0, revision=1, state_dir="/s")
    ran = ao("daemon", "stop", answers={"daemon": [state, state, Failure("gone", NO_DAEMON)]})
    assert (ran.code, ran.out, ran.slept) == (DONE, "shutdown: done\n", (0.1,))


def test_daemon_restart_waits_until_another_one_answers(ao: Ao) -> None:
    old, new = (DaemonState(version="1", pid=pid, started_at=0, revision=1, state_dir="/s") for pid in (7, 8))
    ran = ao("daemon", "restart", answers={"daemon": [old, old, old, Failure("gone", NO_DAEMON), new]})
    assert "process 8" in ran.out
    assert ran.slept == (0.1,)


def test_complete_is_silent_without_a_daemon(ao: Ao) -> None:
    ran = ao("_complete", "sessions", daemon=False)
    assert (ran.code, ran.out, ran.err) == (DONE, "", "")


def test_complete_lists_ids(ao: Ao, rows: ModuleType) -> None:
    answer = Sessions(revision=1, sessions=(rows.session("a"), rows.session("b")))
    assert ao("_complete", "sessions", answers={"sessions": answer}).out == "shop-a\nshop-b\n"


def test_reactions_say_what_is_done_and_what_came_of_it(ao: Ao) -> None:
    rule = {"project": "app", "event": "landed", "action": "spawn", "auto": True, "priority": "info", "retries": 3}
    happened = {"project": "app", "event": "landed", "at": 1.0, "session": "a", "action": "spawn", "text": "Next"}
    rows = (
        ReactionRow(key="landed/1", **happened, offered=False, outcome="began b", failed=False),
        ReactionRow(key="landed/2", **happened, offered=True, outcome="", failed=False),
        ReactionRow(key="landed/3", **happened, offered=False, outcome="no agent", failed=True),
    )
    out = ao(
        "reactions", "--project", "app", answers={"reactions": Reactions(rules=(RuleRow(**rule),), reactions=rows)}
    ).out
    assert [
        said in out for said in ("spawn, up to 3 times", "began b", "`ao react landed/2`", "was not done: no agent")
    ] == [True] * 4


def pull(number: int, **more: Any) -> PullRow:
    at = {"id": f"P{number}", "url": f"https://h/o/r/pull/{number}", "title": f"Fix {number}", "state": "open"}
    return PullRow(**{"key": f"shop/P{number}", "project": "shop", "number": number, **at, **more})


def test_pulls_prints_one_row_for_each(ao: Ao) -> None:
    rows = (
        pull(12, session="shop-a", branch="ao/shop-a", ci="failed", failed=("unit",), unresolved=2, held=1),
        pull(7, mine=True, branch="mine", ci="passed", decision="approved"),
        pull(3, state="merged", ci="passed"),
    )
    ran = ao("pulls", answers={"pulls": Pulls(revision=1, pulls=rows)})
    assert (ran.asked("pulls")["all"], [line.split() for line in ran.out.splitlines()]) == (
        False,
        [
            ["PR", "STATE", "CI", "REVIEW", "SESSION", "TITLE", "BRANCH"],
            ["#12", "open", "failed", "2", "unresolved,", "1", "held", "shop-a", "Fix", "12", "ao/shop-a"],
            ["#7", "open", "passed", "approved", "(yours)", "Fix", "7", "mine"],
            ["#3", "merged", "passed", "Fix", "3"],
        ],
    )


def test_one_of_the_pulls_is_shown_with_what_ci_found_and_what_is_said(ao: Ao, rows: ModuleType) -> None:
    said = CommentRow(pull="shop/P12", id="C1", author="eve", text="why?\nwhy not?", thread="T1", path="a.py", line=3)
    one = pull(12, ci="failed", failed=("unit", "lint"))
    red = rows.failure("a", id="f1", path="a.py", line=2, message="odd\nmore", check="ci:CI/lint", state="muted")
    answer = Pulls(revision=1, pulls=(one,), comments=(said,), failures=(red,))
    out = ao("pulls", "12", answers={"pulls": answer}).out
    assert out.splitlines()[2:] == [
        "https://h/o/r/pull/12",
        "Failed: unit, lint",
        "  a.py:2: odd (muted)  f1",
        "",
        "eve on a.py:3 (held: reaches no agent)",
        "comment C1, thread T1",
        "  why?",
        "  why not?",
    ]


def test_no_pulls_are_said_in_words(ao: Ao) -> None:
    assert ao("pulls", answers={"pulls": Pulls(revision=1)}).out == "No pull requests are followed.\n"


def test_ci_log_prints_the_log(ao: Ao) -> None:
    answer = CiLog(file="/run/shown/ci.log", text="CI / unit: https://h/1\n\nred\n")
    ran = ao("ci-log", "12", "unit", answers={"ciLog": answer})
    assert (ran.out, ran.asked("ciLog")["check"]) == ("CI / unit: https://h/1\n\nred\n", "unit")
