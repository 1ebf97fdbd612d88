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
from itertools import pairwise

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
#: What writes nowhere: one stream into another, or away.
_HARMLESS = re.compile(r"(?:\d?>&\d|(?:\d|&)?>>?[ \t]*/dev/null)(?![^ \t\n;|&])")
#: Between the commands of a line, and what may hide one or writes into a file.
_BETWEEN, _ODD = frozenset(";&|\n"), frozenset("()<>`")
#: What a shell puts something else in the place of: unquoted, and a variable in double quotes too.
_REPLACED = re.compile(r"(?:^|[=:])~|(?:^|/)[.\[][^/]*[*?\[\]]")
_VALUE = re.compile(r"\$[\w({*@#!$'\"\[-]")
_VALUE_IN_TEXT = re.compile(r"\$[\w({*@#!$\[-]|`")
#: A part of a word: quoted, escaped, or one sign. What is not closed is none.
_PIECE = re.compile(r"""'[^']*'|"(?:[^"\\]|\\.)*"|\\.|\$|[^'"\\$ \t;&|\n()<>`]+""", re.DOTALL)
_ESCAPED = re.compile(r"""\\([$`"\\\n])""")
#: A longer word with short options is asked: where in it a path begins is not known.
_SHORT = 256
#: Options with which a command writes wherever it is told to, as `git diff --output=FILE`; of ours, those with which
#: one does, empties a folder, or runs a program.
_WRITES = re.compile(r"--output(?!-format|-indicator)")
_RISKY = re.compile(r"--out(?!put-format|put-indicator)|--basetemp|--pre(?:=|$)|--hostname-bin")
#: `git commit` with words of its own, that name no file.
_SAYS = re.compile(r"-[aqsvn]*m|--message")
#: Commands that only read what they are given; they may run on what is in the worktree.
_READERS = frozenset({"cat", "cd", "echo", "grep", "head", "ls", "pwd", "rg", "tail", "true", "wc"})
#: Check programs that also mend what they are pointed to, and git: only what is in the worktree.
_BOUND = frozenset({"eslint", "git", "ruff"})
#: Words before a command that do not change what it is.
_BEFORE = frozenset({"command", "env", "exec", "nice", "nohup", "sudo", "time"})

#: What is longer a person looks at: to take it apart would hold everybody up.
_LONG = 20_000


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

    def real(self, path: str) -> str:
        """Where a path (absolute, or relative to the worktree) really is; empty where no file can have that name."""
        try:
            return self.resolve(os.path.join(self.tree, path))
        except ValueError:
            return ""

    def inside(self, path: str) -> bool:
        """Is this path (absolute, or relative to the worktree) in the worktree, and not one of git's own files?"""
        top, real = self.resolve(self.tree), self.real(path)
        return _below(real, top) and not _below(real.casefold(), os.path.join(top, ".git").casefold())


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
    if any(len(subject) > _LONG for subject in ask.subjects):
        return ASK
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
        commands, sure = _commands(subject)
        if not sure and _fits(subject, f"*{pattern.what}*"):
            return True
        if any(_fits(form, pattern.what) for words in commands for form in (*_forms(words), *_forms(_bare(words)))):
            return True
    return False


def _allowed(ask: Ask, subject: str, rules: Rules) -> bool:
    meant = [one.what for one in rules.allow if _is_meant(ask, one)]
    if ask.action == "run":
        # As a whole only where the pattern has the signs itself: `git *` is not meant to allow `git log; rm -rf ~`.
        if subject.strip() in meant:
            return True
        commands, sure = _commands(subject)
        return sure and bool(commands) and _all_allowed(commands, meant, rules)
    if ask.action in ("edit", "read"):
        return rules.inside(subject) or any(_fits(rules.real(subject), what) for what in meant)
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


def _all_allowed(commands: Sequence[Sequence[str]], meant: Sequence[str], rules: Rules) -> bool:
    folders = [""]
    for words in commands:
        if not _one_allowed(words, folders, meant, rules):
            return False
        if words[0] == "cd":
            folders.append(os.path.join(folders[-1], *words[1:2]))
    return True


def _one_allowed(words: Sequence[str], folders: Sequence[str], meant: Sequence[str], rules: Rules) -> bool:
    """Is one command allowed, in whichever of these folders it runs?"""
    forms = _forms(words)
    if any(_fits(form, what) for form in forms for what in meant):
        return not any(_WRITES.match(word) for word in words)
    reads = words[0] in _READERS
    if not reads and not any(_fits(form, f"{command} *") for form in forms for command in rules.commands):
        return False
    if any(_RISKY.match(word) for word in words):
        return False
    if words[0] == "cd" and (len(words) != 2 or words[1].startswith("-")):
        # It leads to where this is not known.
        return False
    module = words[2:3] if words[1:2] == ["-m"] else ()
    bound = reads or not _BOUND.isdisjoint((os.path.basename(words[0]), *module))
    return not bound or _names_inside(words, folders, rules)


def _names_inside(words: Sequence[str], folders: Sequence[str], rules: Rules) -> bool:
    commits = list(words[:2]) == ["git", "commit"]
    for before, word in pairwise(words):
        said = commits and (word.startswith(("-m", "--message=")) or (_SAYS.fullmatch(before) and word[:1] != "-"))
        if not said and not all(rules.inside(os.path.join(folder, p)) for folder in folders for p in _paths(word)):
            return False
    return True


def _paths(word: str) -> Iterable[str]:
    """What may be a path in a word: the word, the value of an option, and what follows a short one at once."""
    if word.startswith("--"):
        return (word.partition("=")[2],)
    if word.startswith("-") and ("/" in word or ".." in word):
        return (word[at:] for at in range(len(word))) if len(word) <= _SHORT else (os.sep,)
    return (word,)


def _commands(line: str) -> tuple[list[list[str]], bool]:
    """The commands of a line of shell, as words; and is it sure that these are all, run as they are written?

    It is not where the shell puts something else in the place of what is written, where a command may be hidden in
    another, and where one writes into a file.
    """
    found: list[list[str]] = [[]]
    sure, at = True, 0
    while at < len(line):
        harmless = _HARMLESS.match(line, at)
        if harmless:
            at = harmless.end()
        elif line[at] in _BETWEEN or line[at] in _ODD:
            sure = sure and line[at] not in _ODD
            found.append([])
            at += 1
        elif line[at] in " \t":
            at += 1
        elif line.startswith("\\\n", at):
            at += 2
        else:
            word, plain, at = _word(line, at)
            sure = sure and plain
            found[-1].append(word)
    return [words for words in found if words], sure


def _word(line: str, at: int) -> tuple[str, bool, int]:
    """The word that begins here, without its quotes; is it what the shell takes; and where it ends."""
    # A comment may hold quotes that are none.
    word, bare, plain = "", "", line[at] != "#"
    while at < len(line) and line[at] not in " \t" and line[at] not in _BETWEEN and line[at] not in _ODD:
        piece = _PIECE.match(line, at)
        if piece is None:
            return word + line[at:], False, len(line)
        text = piece.group()
        at = piece.end()
        if text[0] == "'":
            word, bare = word + text[1:-1], bare + "'"
        elif text[0] == '"':
            plain = plain and not _VALUE_IN_TEXT.search(_ESCAPED.sub("", text[1:-1]))
            word, bare = word + _ESCAPED.sub(lambda found: found[1].replace("\n", ""), text[1:-1]), bare + "'"
        elif text[0] == "\\":
            word, bare = word + text[1:].replace("\n", ""), bare + "'"
        else:
            plain = plain and not _VALUE.match(line, piece.start())
            word, bare = word + text, bare + text
    # Braces are looked for by hand: an expression goes through the rest of the word again for each of them.
    inner = bare.partition("{")[2]
    return word, plain and not ("," in inner or ".." in inner or _REPLACED.search(bare)), at
