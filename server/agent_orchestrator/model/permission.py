"""What an agent may do unasked: the rules for what its program asks.

A pattern is a tool, and what of it is meant: ``Bash(npm run *)``, ``WebFetch``, ``edit(docs/*)``. The tool is the
program's own name of it, or one that fits every program: ``run``, ``edit``, ``read``, ``fetch``.
"""

from __future__ import annotations

import os.path
import re
import shlex
from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase

from attrs import field, frozen

from agent_orchestrator.model.activity import PERMISSION, Ask

ALLOW, DENY, ASK = "allow", "deny", "ask"

#: Names that people know → what that is.
_ACTIONS = {
    "bash": "run",
    "shell": "run",
    "edit": "edit",
    "write": "edit",
    "multiedit": "edit",
    "read": "read",
    "webfetch": "fetch",
}
#: Between the commands of a line, and what makes a command write somewhere or run another one.
_BETWEEN = frozenset({";", "&&", "||", "|", "&", "\n"})
_HIDDEN = re.compile(r"\$\(|`|<\(|>\(|\$\{|<<")
#: What writes nowhere: one stream into another, or away.
_HARMLESS = re.compile(r"\d?>&\d|[\d&]?>>?\s*/dev/null(?!\S)")
#: Commands that only read what they are given; they may run on what is in the worktree.
_READERS = frozenset({"cat", "cd", "echo", "grep", "head", "ls", "pwd", "rg", "tail", "true", "wc"})
#: Words before a command that do not change what it is.
_BEFORE = frozenset({"command", "env", "exec", "nice", "nohup", "sudo", "time"})


@frozen
class Pattern:
    """A pattern of ``permissions``: a tool, and what of it is meant (a command or path, ``*`` stands for anything).

    ``what`` is empty where the whole tool is meant.
    """

    tool: str
    what: str = ""


@frozen
class Rules:
    """The rules of one session. ``tree`` is its worktree, ``commands`` the beginnings of commands that may run."""

    tree: str
    commands: tuple[str, ...] = ()
    allow: tuple[Pattern, ...] = ()
    deny: tuple[Pattern, ...] = ()
    bypass: bool = False
    #: Where an absolute path really is; a link in the worktree may lead out of it.
    resolve: Callable[[str], str] = field(default=os.path.normpath, repr=False, eq=False)

    def inside(self, path: str) -> bool:
        """Is this path (absolute, or relative to the worktree) in the worktree, and not one of git's own files?"""
        top = self.resolve(self.tree)
        real = self.resolve(os.path.join(self.tree, path))
        return _below(real, top) and not _below(real, os.path.join(top, ".git"))


def pattern(text: str) -> Pattern:
    """``Bash(npm run *)`` or ``WebFetch``, as a person writes it."""
    tool, opened, what = text.strip().partition("(")
    if not opened or not what.endswith(")"):
        return Pattern(text.strip())
    what = what[:-1].strip()
    return Pattern(tool.strip(), "" if what in ("", "*") else what)


def patterns(texts: Iterable[str]) -> tuple[Pattern, ...]:
    """The patterns of a list of ``permissions``."""
    return tuple(pattern(text) for text in texts)


def decide(ask: Ask, rules: Rules) -> str:
    """``allow``, ``deny`` or ``ask``: what the rules say to what a program asks. Deny wins; a question is a person's.

    Unasked an agent may edit and read below its worktree, but for git's own files there, and run its commands, each of
    a line by itself. A line that writes into files or hides a command in another is asked unless it is allowed as a
    whole.
    """
    if ask.kind != PERMISSION:
        return ASK
    if any(_denies(ask, one) for one in rules.deny):
        return DENY
    if rules.bypass:
        return ALLOW
    if any(_is_meant(ask, one) and not one.what for one in rules.allow):
        return ALLOW
    if ask.subjects and all(_allowed(ask, subject, rules) for subject in ask.subjects):
        return ALLOW
    return ASK


def _is_meant(ask: Ask, pattern: Pattern) -> bool:
    name = pattern.tool.lower()
    return name == ask.tool.lower() or _ACTIONS.get(name, name) == ask.action


def _denies(ask: Ask, pattern: Pattern) -> bool:
    if not _is_meant(ask, pattern):
        return False
    if not pattern.what or not ask.subjects:
        return True
    if ask.action != "run":
        return any(
            _fits(form, pattern.what) for subject in ask.subjects for form in (subject, os.path.basename(subject))
        )
    for subject in ask.subjects:
        commands = _commands(subject)
        if commands is None and _fits(subject, f"*{pattern.what}*"):
            return True
        if any(
            _fits(form, pattern.what) for words in commands or () for form in (*_forms(words), *_forms(_bare(words)))
        ):
            return True
    return False


def _allowed(ask: Ask, subject: str, rules: Rules) -> bool:
    meant = [one.what for one in rules.allow if _is_meant(ask, one)]
    if ask.action == "run":
        # As a whole only where the pattern has the signs itself: `git *` is not meant to allow `git log; rm -rf ~`.
        if subject.strip() in meant:
            return True
        known = (*meant, *(f"{command} *" for command in rules.commands))
        commands = _commands(subject) or ()
        # `git diff --output=FILE` writes wherever it is told to.
        safe = [words for words in commands if not any(word.startswith("--output") for word in words)]
        return (
            bool(commands)
            and len(safe) == len(commands)
            and all(
                _only_reads(words, rules) or any(_fits(form, what) for form in _forms(words) for what in known)
                for words in commands
            )
        )
    if ask.action in ("edit", "read"):
        return rules.inside(subject) or any(
            _fits(rules.resolve(os.path.join(rules.tree, subject)), what) for what in meant
        )
    return any(_fits(subject, what) for what in meant)


def _below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _fits(text: str, what: str) -> bool:
    # What ends in " *" is the command without arguments as well.
    return fnmatchcase(text, what) or (what.endswith(" *") and text == what[:-2])


def _forms(words: Sequence[str]) -> tuple[str, str]:
    return " ".join(words), shlex.join(words)


def _bare(words: Sequence[str]) -> Sequence[str]:
    """The command without what is written before it: variables, `sudo`, the folder of the program."""
    rest = list(words)
    while len(rest) > 1 and (rest[0] in _BEFORE or "=" in rest[0]):
        rest.pop(0)
    return [os.path.basename(rest[0]), *rest[1:]]


def _only_reads(words: Sequence[str], rules: Rules) -> bool:
    """Is it a command that only reads, and only what is in the worktree?"""
    if words[0] not in _READERS or any(word.startswith("~") for word in words):
        return False
    return all(rules.inside(word.rpartition("=")[2]) for word in words[1:])


def _commands(line: str) -> list[list[str]] | None:
    """The commands of a line of shell, as words; None where that is not sure, or one writes into a file."""
    if _HIDDEN.search(line):
        return None
    lexer = shlex.shlex(_HARMLESS.sub(" ", line).replace("\n", " ; "), posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    found: list[list[str]] = [[]]
    try:
        for word in lexer:
            if word in _BETWEEN:
                found.append([])
            elif set(word) <= set("();<>|&"):
                return None
            else:
                found[-1].append(word)
    except (ValueError, IndexError):
        return None
    return [words for words in found if words]
