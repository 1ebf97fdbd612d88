"""The commands: name, one line of help, group. Costs nothing to import; a command's own module is loaded when used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Verb(NamedTuple):
    """One command. Its module in :mod:`.verbs` has the same name with ``-`` as ``_``."""

    name: str
    help: str
    group: str

    @property
    def module(self) -> str:
        """The full name of the module that does it."""
        return f"{__package__}.verbs.{self.name.strip('_').replace('-', '_')}"


GROUPS = ("From red to green", "Sessions", "Landing", "Pull requests", "Projects", "Configuration and help")
HIDDEN = "hidden"

_WORK, _SESSIONS, _LANDING, _PULLS, _PROJECTS, _HELP = GROUPS
_ALL = (
    Verb("start", "drive a repository: find or write its configuration, start the daemon", _WORK),
    Verb("check", "run the checks in the checkout as it lies and say what is red", _WORK),
    Verb("hunt", "give each failure to an agent, prove the fixes, land them", _WORK),
    Verb("new", "give a task to an agent in its own worktree", _WORK),
    Verb("demo", "make a small red repository and hunt in it", _WORK),
    Verb("list", "list the sessions", _SESSIONS),
    Verb("issues", "the issues that wait, and who works on which", _SESSIONS),
    Verb("status", "all sessions, or one in detail", _SESSIONS),
    Verb("send", "say something to a session's agent", _SESSIONS),
    Verb("answer", "answer what a session's agent asks", _SESSIONS),
    Verb("interrupt", "end what a session's agent does; it then waits for you", _SESSIONS),
    Verb("attach", "attach this terminal to a session", _SESSIONS),
    Verb("logs", "print a session's output", _SESSIONS),
    Verb("prompt", "print what a session's agent is told", _SESSIONS),
    Verb("diff", "print what a session changed", _SESSIONS),
    Verb("quiet", "no notifications of a session any more, or again", _SESSIONS),
    Verb("stop", "stop sessions: save their work, remove their worktrees and branches", _SESSIONS),
    Verb("restore", "bring a stopped or left session back from its saved work", _SESSIONS),
    Verb("keep", "take what you changed in a session's worktree for its work", _SESSIONS),
    Verb("take-hunk", "make one change of a session in your checkout as well", _SESSIONS),
    Verb("drop-hunk", "take one change out of what a session did", _SESSIONS),
    Verb("put-back", "put files of the checkout back that changed while a session's agent ran", _SESSIONS),
    Verb("land", "land a session's work through the gate", _LANDING),
    Verb("queue", "what waits to land, and what landed", _LANDING),
    Verb("undo", "take a landing back through the gate", _LANDING),
    Verb("mute", "mute a failure as flaky", _LANDING),
    Verb("reactions", "what is done by itself after an event, and what was", _LANDING),
    Verb("react", "have a reaction done that was offered", _LANDING),
    Verb("clean", "remove what is merged, and saved work that is old", _LANDING),
    Verb("pulls", "list the pull requests that are followed, or show one with what is said at it", _PULLS),
    Verb("open-pr", "open the pull request of a session's proven work", _PULLS),
    Verb("claim-pr", "go on with a pull request in a session of its own", _PULLS),
    Verb("merge-pr", "merge a pull request at the head that was seen last", _PULLS),
    Verb("close-pr", "close a pull request unmerged", _PULLS),
    Verb("fix-ci", "have an agent mend what CI found in a pull request", _PULLS),
    Verb("rerun-ci", "run the failed jobs of a pull request again", _PULLS),
    Verb("ci-log", "print the end of the logs of a pull request's failed checks", _PULLS),
    Verb("reply", "answer in a thread of a pull request", _PULLS),
    Verb("resolve", "mark a thread of a pull request as resolved", _PULLS),
    Verb("allow-comment", "let a comment reach agents, or all of its author's", _PULLS),
    Verb("send-comment", "tell a session's agent what was said at its pull request", _PULLS),
    Verb("ignore-author", "neither show nor hear what somebody says any more", _PULLS),
    Verb("projects", "list the projects", _PROJECTS),
    Verb("add-project", "add a repository to the configuration and drive it", _PROJECTS),
    Verb("remove-project", "stop driving a repository; its files stay", _PROJECTS),
    Verb("trust", "allow what a project's configuration runs, as it is now", _PROJECTS),
    Verb("pause", "start nothing new in a project", _PROJECTS),
    Verb("resume", "go on in a paused project", _PROJECTS),
    Verb("config", "read or change the configuration", _HELP),
    Verb("config-help", "explain every key of the configuration", _HELP),
    Verb("doctor", "look at what the machine has and say what to mend", _HELP),
    Verb("daemon", "start, stop, restart or look at the daemon", _HELP),
    Verb("completion", "print a completion script for a shell", _HELP),
    Verb("lsp", "serve an editor: what its language server configuration starts", _HELP),
    Verb("_complete", "what completion scripts ask", HIDDEN),
)

VERBS: Mapping[str, Verb] = {verb.name: verb for verb in _ALL}


def shown() -> tuple[Verb, ...]:
    """The commands that a person is told about."""
    return tuple(verb for verb in _ALL if verb.group != HIDDEN)
