"""Conversations in the Agent Client Protocol: what it asks for."""

from __future__ import annotations

import sys
from pathlib import Path

from agent_orchestrator.model import activity as a
from agent_orchestrator.model.config import PermissionsConfig

_here = sys.modules["ao_agents_stage_acp"]
Stage, scenario, OPTIONS = _here.Stage, _here.scenario, _here.OPTIONS


@scenario(
    """
    ready
    accepted m1
    asked 0 permission run touch out <>
    answered 0
    done Done.
    """,
    live=True,
)
def allowed(stage: Stage) -> None:
    talk = stage.say(stage.bash("touch out"), {"text": "Done."})
    talk.until(a.ASKED)
    assert stage.place.git("status", "--porcelain") == ""
    talk.answer("0", OPTIONS[stage.name][0])
    talk.until(a.DONE)
    assert talk.close() == 0
    assert stage.place.git("status", "--porcelain") == "?? out\n"


@scenario(
    """
    ready
    accepted m1
    asked 0 permission run touch out <>
    answered 0
    gemini: asked 1 permission run touch out <>
    gemini: answered 1
    done Done.
    """
)
def allowed_always(stage: Stage) -> None:
    talk = stage.say(stage.bash("touch out"), stage.bash("touch out"), {"text": "Done."})
    stage.answer(talk, a.ALLOW_ALWAYS)
    if stage.name == "gemini":
        # The policy of the session stands over what is allowed so.
        stage.answer(talk, a.ALLOW)
    talk.until(a.DONE)
    assert talk.close() == 0


@scenario(
    """
    ready
    accepted m1
    asked 0 permission run touch out <>
    answered 0
    done I may not.
    """,
    live=True,
)
def refused_with_words(stage: Stage) -> None:
    talk = stage.say(stage.bash("touch out"), {"text": "I may not."})
    stage.answer(talk, a.DENY, "Use git.")
    talk.until(a.DONE)
    assert talk.close() == 0
    assert stage.place.git("status", "--porcelain") == ""
    told = {"gemini": "canceled by the user", "kimicode": "user rejected"}
    assert told[stage.name] in stage.place.seen[-1]["got"][0]


@scenario(
    """
    ready
    accepted m1
    asked 0 permission run touch out <>
    answered 0
    done I may not.
    """
)
def refused_without_an_option(stage: Stage) -> None:
    talk = stage.say(stage.bash("touch out"), {"text": "I may not."})
    talk.until(a.ASKED)
    talk.answer("0", "", "Nobody answered.")
    talk.until(a.DONE)
    assert talk.close() == 0
    assert stage.place.git("status", "--porcelain") == ""


@scenario(
    """
    ready
    accepted m1
    gemini: done I may not.
    kimicode: asked 0 permission
    kimicode: answered 0
    kimicode: done I may not.
    """
)
def edits_outside_of_the_worktree_are_not_made_unasked(stage: Stage) -> None:
    path = str(stage.place.home / "out.txt")
    call = {
        "gemini": {"tool": "write_file", "input": {"file_path": path, "content": "x"}},
        "kimicode": {"tool": "Write", "input": {"path": path, "content": "x"}},
    }
    talk = stage.say(call[stage.name], {"text": "I may not."})
    if stage.name != "gemini":
        assert stage.answer(talk, a.DENY).subjects[0].startswith(str(stage.place.home))
    talk.until(a.DONE)
    assert talk.close() == 0
    assert not Path(path).exists()


@scenario(
    """
    ready
    accepted m1
    asked 0 permission run touch out <>
    answered 0
    interrupted
    """
)
def interrupted_while_it_asks(stage: Stage) -> None:
    talk = stage.say(stage.bash("touch out"), {"text": "Never."})
    talk.until(a.ASKED)
    talk.interrupt()
    talk.until(a.INTERRUPTED)
    assert talk.close() == 0
    assert stage.place.git("status", "--porcelain") == ""


@scenario(
    """
    ready
    accepted m1
    asked 0 permission run touch bad <>
    answered 0
    asked 1 permission run touch good <>
    answered 1
    done Done.
    """
)
def refused_and_then_allowed(stage: Stage) -> None:
    talk = stage.say(stage.bash("touch bad"), stage.bash("touch good"), {"text": "Done."})
    stage.answer(talk, a.DENY)
    stage.answer(talk, a.ALLOW)
    talk.until(a.DONE)
    assert talk.close() == 0
    assert stage.place.git("status", "--porcelain") == "?? good\n"


@scenario(
    """
    ready
    accepted m1
    asked 0 permission run touch out
    answered 0
    done I may not.
    """,
    live=True,
)
def a_long_command_of_several_lines_is_asked_whole(stage: Stage) -> None:
    command = "touch out\ncat <<'END'\n" + 'résumé 漢字 "$HOME" \\\n' * 120 + "END\nrm -rf nothing"
    talk = stage.say(stage.bash(command), {"text": "I may not."})
    assert stage.answer(talk, a.DENY).subjects == (command,)
    talk.until(a.DONE)
    assert talk.close() == 0
    assert stage.place.git("status", "--porcelain") == ""


@scenario(
    """
    ready
    accepted m1
    done I may not.
    """,
    ("gemini",),
)
def what_is_denied_is_not_asked(stage: Stage) -> None:
    deny = PermissionsConfig(deny=("Bash(touch *)",))
    talk = stage.say(stage.bash("git status; touch out"), {"text": "I may not."}, permissions=deny)
    talk.until(a.DONE)
    assert talk.close() == 0
    assert stage.place.git("status", "--porcelain") == ""


@scenario(
    """
    ready
    accepted m1
    gemini: asked 0 permission fetch
    gemini: answered 0
    done I looked.
    """
)
def a_page_of_the_web(stage: Stage) -> None:
    url = f"{stage.place.url}/page"
    calls = {
        "gemini": {"tool": "web_fetch", "input": {"prompt": f"What does {url} say?"}},
        "kimicode": {"tool": "FetchURL", "input": {"url": url}},
    }
    talk = stage.say(calls[stage.name], {"text": "I looked."})
    if stage.name == "gemini":
        stage.answer(talk, a.DENY)
    talk.until(a.DONE)
    assert talk.close() == 0
    # Unasked or not, it looks at no page of this machine.
    assert not any(one["path"] == "/page" for one in stage.place.seen)
    told = {"gemini": "canceled by the user", "kimicode": "Refusing to fetch private address"}
    assert told[stage.name] in stage.place.seen[-1]["got"][0]


@scenario(
    """
    ready
    accepted m1
    done I looked.
    """
)
def files_outside_of_the_worktree(stage: Stage) -> None:
    stage.place.write("secret.txt", "It is a secret.")
    path = str(stage.place.home / "secret.txt")
    calls = {
        "gemini": {"tool": "read_file", "input": {"file_path": path}},
        "kimicode": {"tool": "Read", "input": {"path": path}},
    }
    talk = stage.say(calls[stage.name], {"text": "I looked."})
    talk.until(a.DONE)
    assert talk.close() == 0
    assert ("It is a secret." in stage.place.seen[-1]["got"][0]) == (stage.name == "kimicode")
