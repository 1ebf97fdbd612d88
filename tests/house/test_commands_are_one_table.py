"""What editors run and what the command line runs are one table; what only one of them has is here, with the reason."""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from agent_orchestrator.cli.table import VERBS
from agent_orchestrator.protocol.lsp import EDITOR_COMMANDS
from agent_orchestrator.protocol.methods import LSP_COMMANDS, METHODS

#: What editors are promised.
PROMISED = {
    "ao.check",
    "ao.hunt",
    "ao.spawn",
    "ao.send",
    "ao.stop",
    "ao.restore",
    "ao.sessions",
    "ao.session",
    "ao.attach",
    "ao.logs",
    "ao.diff",
    "ao.queue",
    "ao.land",
    "ao.undo",
    "ao.pause",
    "ao.resume",
    "ao.mute",
    "ao.trust",
    "ao.projects",
    "ao.projectAdd",
    "ao.projectRemove",
    "ao.doctor",
}
BEYOND_THE_PROMISE: Mapping[str, str] = {
    "ao.prompt": "what an agent is told is nobody's secret",
    "ao.clean": "what the command line can do to a project, an editor can too",
    "ao.answer": "what an agent asks is answered where the person is",
    "ao.interrupt": "an agent that goes the wrong way is held up at once",
    "ao.quiet": "a person decides per session whether it may ask for their attention",
    "ao.reactions": "what is done by itself is no surprise",
    "ao.issues": "what waits for an agent, or for a person to say so, is seen where work is begun",
    "ao.react": "what is offered is accepted where it is offered",
    "ao.keep": "what a person mends in the diff of a session lands with it",
    "ao.hunk.take": "of what an agent did, a person takes what they want now",
    "ao.hunk.drop": "of what an agent did, a person leaves out what they do not want",
    "ao.pulls": "what others say of one's work is where one works",
    "ao.pullOpen": "proven work is offered to others where it is looked at",
    "ao.pullClaim": "a pull request is gone on with where it is read",
    "ao.pullMerge": "a person merges where they see that it is ready",
    "ao.pullClose": "what is not wanted is closed where it is seen",
    "ao.ciFix": "what CI found is mended from where it is shown",
    "ao.ciRerun": "what failed by chance is run again where it is shown",
    "ao.ciLog": "a log is read where the code is",
    "ao.commentReply": "a reviewer is answered on the line that they mean",
    "ao.commentResolve": "what is settled is put away where it stands",
    "ao.commentAllow": "a person decides whose words reach agents, where they read them",
    "ao.commentSend": "what a reviewer says is handed on with one choice",
    "ao.authorIgnore": "who is not to be heard is sent away where they are read",
    "ao.putBack": "what was written where it should not have been is put right where it is seen",
}
#: Commands are named like their methods but for these.
NAMED_OTHERWISE: Mapping[str, str] = {"ao.spawn": "new", "ao.hunk.take": "hunkTake", "ao.hunk.drop": "hunkDrop"}

NO_COMMAND: Mapping[str, str] = {
    "daemon": "the connection of an editor is the daemon's; `ao.doctor` tells its state",
    "shutdown": "an editor does not end what other editors use",
    "runs": "asked by `ao.trust` itself, so that nobody trusts what they were not shown",
    "huntState": "an editor is told of a hunt by progress and `ao/changed`",
    "huntEnd": "an editor cancels the hunt's progress",
    "failures": "an editor has diagnostics, and `ao/failures`",
}
ONLY_IN_EDITORS: Mapping[str, str] = {
    "ao.fixWith": "asks for an agent in the editor, then does what `ao.hunt` does",
    "ao.showOwner": "shows in the editor what `ao status <session>` prints",
    "ao.showLog": "opens in the editor what `ao logs` prints",
    "ao.showDiff": "opens in the editor what `ao diff` prints",
    "ao.showAttach": "says in the editor how to join the session in a terminal, which `ao attach` does",
    "ao.compose": "opens a file in the editor; to save it does what `ao new` and `ao send` do",
    "ao.review.add": "collects notes in a file of the editor, which `ao send` would send",
    "ao.review.send": "sends the notes that were collected in the editor, as `ao send` would",
    "ao.showSessions": "opens in the editor what `ao list` prints",
}

#: Verbs are named like their commands but for these.
VERB_OF: Mapping[str, str] = {
    "ao.spawn": "new",
    "ao.sessions": "list",
    "ao.session": "status",
    "ao.projectAdd": "add-project",
    "ao.projectRemove": "remove-project",
    "ao.putBack": "put-back",
    "ao.pullOpen": "open-pr",
    "ao.pullClaim": "claim-pr",
    "ao.pullMerge": "merge-pr",
    "ao.pullClose": "close-pr",
    "ao.ciFix": "fix-ci",
    "ao.ciRerun": "rerun-ci",
    "ao.ciLog": "ci-log",
    "ao.commentReply": "reply",
    "ao.commentResolve": "resolve",
    "ao.commentAllow": "allow-comment",
    "ao.commentSend": "send-comment",
    "ao.authorIgnore": "ignore-author",
    "ao.hunk.take": "take-hunk",
    "ao.hunk.drop": "drop-hunk",
}
ONLY_ON_THE_COMMAND_LINE: Mapping[str, str] = {
    "start": "writes the configuration and starts the daemon, then adds and trusts as those commands do",
    "daemon": "starts and ends the daemon itself, which serves the editor",
    "demo": "makes a repository of its own to show",
    "config": "an editor edits the file",
    "config-help": "an editor has the file's schema",
    "completion": "for shells",
    "_complete": "for shells",
    "lsp": "is what an editor starts",
}


def verb_of(command: str) -> str:
    return VERB_OF.get(command, command.removeprefix("ao."))


def test_the_commands_are_those_that_editors_are_promised():
    assert set(LSP_COMMANDS) == PROMISED | set(BEYOND_THE_PROMISE)


def test_a_command_is_named_like_its_method():
    assert {id: method.name for id, method in LSP_COMMANDS.items()} == {
        id: NAMED_OTHERWISE.get(id, id.removeprefix("ao.")) for id in LSP_COMMANDS
    }


def test_no_two_methods_share_a_command():
    assert len(LSP_COMMANDS) == sum(bool(method.command) for method in METHODS.values())


def test_a_method_without_a_command_has_a_reason():
    assert {name for name, method in METHODS.items() if not method.command} == set(NO_COMMAND)


def test_a_command_that_only_editors_have_has_a_reason():
    assert {command.id for command in EDITOR_COMMANDS} == set(ONLY_IN_EDITORS)


def test_every_command_is_a_verb_of_the_command_line():
    assert {verb_of(command) for command in LSP_COMMANDS} - set(VERBS) == set()


def test_every_verb_is_a_command_or_has_a_reason():
    assert set(VERBS) - {verb_of(command) for command in LSP_COMMANDS} == set(ONLY_ON_THE_COMMAND_LINE)


@pytest.mark.parametrize("command", sorted(LSP_COMMANDS))
def test_the_verb_calls_the_method_of_its_command(command: str):
    assert LSP_COMMANDS[command].name in called_by(VERBS[verb_of(command)].module)


def called_by(module: str) -> set[str]:
    """The daemon's methods that a module of the command line names in a call, itself or in a module that it imports."""
    waiting, seen, found = [module], set(), set()
    while waiting:
        name = waiting.pop()
        if name not in seen and name.startswith("agent_orchestrator.cli."):
            seen.add(name)
            tree = ast.parse(Path(importlib.util.find_spec(name).origin).read_text(encoding="utf-8"))
            found |= set(_calls(tree))
            waiting += [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return found


def _calls(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr="call"), args=[ast.Constant(value=str(method)), *_]):
                yield method
