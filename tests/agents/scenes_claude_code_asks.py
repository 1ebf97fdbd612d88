"""Conversations with Claude Code: what it asks for, and how it is answered."""

from __future__ import annotations

import sys

from agent_orchestrator.model import activity as a
from agent_orchestrator.model.config import PermissionsConfig
from agent_orchestrator.model.permission import ASK, Rules, decide

_here = sys.modules["ao_agents_stage_claude_code"]
Stage, scenario, python, record = _here.Stage, _here.scenario, _here.python, _here.record
DONE = _here.DONE


@scenario(
    """
    ready
    accepted m1
    working Bash: python3 -c 1
    asked permission Bash run python3 -c 1 <allow allow-always deny> Run · This command requires approval
    answered Allow
    done Done.
    """
)
def allowed(stage: Stage) -> None:
    talk = stage.say(python("1"), DONE)
    talk.answer(talk.until(a.ASKED).ask.id, "allow")
    talk.until(a.ANSWERED)
    talk.until(a.DONE)
    assert talk.close() == 0
    assert stage.got() == ["(Bash completed with no output)"]


@scenario(
    """
    ready
    accepted m1
    working Bash: python3 -c 1
    asked permission Bash run python3 -c 1 <allow allow-always deny>
    answered Use the tests instead.
    done Done.
    """
)
def denied_with_words(stage: Stage) -> None:
    talk = stage.say(python("1"), DONE)
    talk.answer(talk.until(a.ASKED).ask.id, "deny", "Use the tests instead.")
    talk.until(a.DONE)
    assert talk.close() == 0
    assert stage.got() == ["Use the tests instead."]


@scenario(
    """
    ready
    accepted m1
    working Bash: python3 -c 1
    asked permission Bash run python3 -c 1
    answered The user does not allow this.
    done Done.
    """
)
def denied(stage: Stage) -> None:
    talk = stage.say(python("1"), DONE)
    talk.answer(talk.until(a.ASKED).ask.id, "deny")
    talk.until(a.DONE)
    assert talk.close() == 0


@scenario(
    """
    ready
    accepted m1
    working Bash: python3 -c 1
    asked permission Bash run python3 -c 1
    answered Allow
    done Done.
    """
)
def allowed_with_words(stage: Stage) -> None:
    talk = stage.say(python("1"), DONE)
    talk.answer(talk.until(a.ASKED).ask.id, "allow", "But only once.")
    talk.until(a.DONE)
    assert talk.close() == 0
    assert any("But only once." in text for text in stage.told())


@scenario(
    """
    ready
    accepted m1
    working Bash: python3 -c 1
    asked permission Bash run python3 -c 1
    answered Allow for this turn: Bash(python3 -c 1)
    working Bash: python3 -c 1
    done Done.
    """
)
def allowed_always(stage: Stage) -> None:
    talk = stage.say(python("1"), python("1"), DONE)
    talk.answer(talk.until(a.ASKED).ask.id, "allow-always")
    talk.until(a.DONE)
    assert talk.close() == 0
    # It notes that nowhere.
    assert stage.place.git("status", "--porcelain", "--ignored") == ""


@scenario(
    """
    ready
    accepted m1
    working Bash: python3 -c 1
    asked permission Bash run python3 -c 1
    working Bash: python3 -c 2
    answered Allow
    asked permission Bash run python3 -c 2
    answered Not two.
    done Done.
    """
)
def two_at_once(stage: Stage) -> None:
    talk = stage.say({"tools": [python("1"), python("2")]}, DONE)
    first = talk.until(a.ASKED)
    talk.until(a.WORKING, text="Bash: python3 -c 2")
    talk.answer(first.ask.id, "allow")
    talk.answer(talk.until(a.ASKED).ask.id, "deny", "Not two.")
    talk.until(a.DONE)
    assert talk.close() == 0


@scenario(
    """
    ready
    accepted m1
    working Write: $HERE/main/out
    asked permission Write edit $HERE/main/out <allow allow-always deny> Path is outside allowed working directories
    answered The user does not allow this.
    done Done.
    """
)
def writes_outside(stage: Stage) -> None:
    outside = stage.place.main / "out"
    talk = stage.say({"tool": "Write", "input": {"file_path": str(outside), "content": "x"}}, DONE)
    talk.answer(talk.until(a.ASKED).ask.id, "deny")
    talk.until(a.DONE)
    assert talk.close() == 0
    assert not outside.exists()


@scenario(
    """
    ready
    accepted m1
    working Read: $HERE/main/calc.py
    asked permission Read read $HERE/main/calc.py <allow allow-always deny>
    answered Allow
    done Done.
    """
)
def reads_outside(stage: Stage) -> None:
    talk = stage.say({"tool": "Read", "input": {"file_path": str(stage.place.main / "calc.py")}}, DONE)
    talk.answer(talk.until(a.ASKED).ask.id, "allow")
    talk.until(a.DONE)
    assert talk.close() == 0
    assert "def add" in stage.got()[0]


@scenario(
    """
    ready
    accepted m1
    working Write: link/out
    330: asked permission Write edit <allow deny> link/out · $HERE/tree/link/out resolves through a symlink to
    197: asked permission Write edit <allow allow-always deny> link/out · Path is outside allowed working directories
    answered The user does not allow this.
    done Done.
    """
)
def writes_outside_by_a_link(stage: Stage) -> None:
    (stage.place.tree / "link").symlink_to(stage.place.main)
    talk = stage.say({"tool": "Write", "input": {"file_path": "$CWD/link/out", "content": "x"}}, DONE)
    asked = talk.until(a.ASKED).ask
    # A rule for what is in the worktree does not fit it.
    assert decide(asked, Rules(str(stage.place.tree))) == ASK
    talk.answer(asked.id, "deny")
    talk.until(a.DONE)
    assert talk.close() == 0
    assert not (stage.place.main / "out").exists()


@scenario(
    """
    ready
    accepted m1
    working Write: .claude/settings.json
    asked permission Write edit <allow deny> .claude/settings.json · Claude requested permissions
    answered The user does not allow this.
    done Done.
    """
)
def writes_its_own_settings(stage: Stage) -> None:
    talk = stage.say({"tool": "Write", "input": {"file_path": "$CWD/.claude/settings.json", "content": "{}"}}, DONE)
    asked = talk.until(a.ASKED).ask
    assert decide(asked, Rules(str(stage.place.tree))) == ASK
    talk.answer(asked.id, "deny")
    talk.until(a.DONE)
    assert talk.close() == 0
    assert not (stage.place.tree / ".claude").exists()


@scenario(
    """
    ready
    accepted m1
    working WebFetch: http://127.0.0.1:1/x
    asked permission WebFetch fetch http://127.0.0.1:1/x <allow allow-always deny>
    answered The user does not allow this.
    working WebSearch: how to add
    asked permission WebSearch fetch how to add <allow allow-always deny>
    answered The user does not allow this.
    done Done.
    """
)
def the_web(stage: Stage) -> None:
    fetch = {"tool": "WebFetch", "input": {"url": "http://127.0.0.1:1/x", "prompt": "p"}}
    talk = stage.say(fetch, {"tool": "WebSearch", "input": {"query": "how to add"}}, DONE)
    talk.answer(talk.until(a.ASKED).ask.id, "deny")
    talk.answer(talk.until(a.ASKED).ask.id, "deny")
    talk.until(a.DONE)
    assert talk.close() == 0


@scenario(
    """
    ready
    accepted m1
    working Bash: git push . HEAD:pushed
    done Done.
    """
)
def denied_by_a_rule(stage: Stage) -> None:
    rules = PermissionsConfig(deny=("Bash(git push *)",))
    talk = stage.say(record.bash("git push . HEAD:pushed"), DONE, permissions=rules)
    talk.until(a.DONE)
    assert talk.close() == 0
    assert stage.place.git("branch", "--list", "pushed") == ""


@scenario(
    """
    ready
    accepted m1
    working Bash: python3 -c 1
    done Done.
    """
)
def with_bypass_nothing_is_asked(stage: Stage) -> None:
    talk = stage.say(python("1"), DONE, permissions=PermissionsConfig(bypass=True))
    talk.until(a.DONE)
    assert talk.close() == 0
    assert stage.got() == ["(Bash completed with no output)"]


@scenario(
    """
    ready
    accepted m1
    working EnterPlanMode
    working ExitPlanMode
    asked permission ExitPlanMode other <allow deny>
    answered First a test.
    done Done.
    """
)
def a_plan(stage: Stage) -> None:
    enter = {"tool": "EnterPlanMode", "input": {}}
    talk = stage.say(enter, {"tool": "ExitPlanMode", "input": {"plan": "Change a sign."}}, DONE)
    talk.answer(talk.until(a.ASKED).ask.id, "deny", "First a test.")
    talk.until(a.DONE)
    assert talk.close() == 0
    assert "First a test." in stage.got()[-1]
