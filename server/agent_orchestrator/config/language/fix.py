"""What is wrong in a text → changes that mend it. Each is tried before it is offered: the problem must be gone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from attrs import frozen

from agent_orchestrator.config import render, splice
from agent_orchestrator.config.diagnostic import Diagnostic
from agent_orchestrator.config.language.meaning import meaning
from agent_orchestrator.config.language.rows import TAB
from agent_orchestrator.config.language.words import free_prefixes
from agent_orchestrator.model.config_kinds import Choice, Flag, Integer, Kind, Many, Matcher, Name, Number, Scalar
from agent_orchestrator.model.config_problem import Code

#: To try a fix is to read the whole text again: so many problems are mended at a time, of a text of so many characters.
_AT_ONCE = 10
_LARGE = 100_000
#: So many words are offered where none is near.
_FEW = 6
_PLACEHOLDER = re.compile(r'"(\{[a-z]+\})"')
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|\Z)")
_LEADING_TABS = re.compile(r"^[ ]*\t[ \t]*", re.MULTILINE)


@frozen
class Change:
    """``new`` in the place of the characters from ``start`` to ``end``, indices in the text."""

    start: int
    end: int
    new: str

    def of(self, text: str) -> str:
        """The text with the change."""
        return text[: self.start] + self.new + text[self.end :]


@frozen
class Fix:
    """A change that ends a problem."""

    title: str
    change: Change
    diagnostic: Diagnostic
    #: It is what the problem itself suggests.
    meant: bool = False


#: What is wrong in a text.
Judge = Callable[[str], Iterable[Diagnostic]]


def fixes(text: str, diagnostics: Iterable[Diagnostic], judge: Judge) -> Iterator[Fix]:
    """The fixes of some of a text's problems, for each the best first. ``judge`` finds all that is wrong in a text."""
    if len(text) > _LARGE:
        return
    before: Counter[tuple[object, str]] | None = None
    for diagnostic in islice(diagnostics, _AT_ONCE):
        for title, changed in _candidates(text, diagnostic):
            if before is None:
                before = _problems(judge(text))
            if changed != text and _is_better(diagnostic, before, list(judge(changed))):
                meant = bool(diagnostic.suggestion) and f"`{diagnostic.suggestion}`" in title
                yield Fix(title, difference(text, changed), diagnostic, meant)


def difference(old: str, new: str) -> Change:
    """The one change between two texts."""
    start = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    tail = 0
    while tail < min(len(old), len(new)) - start and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    return Change(start, len(old) - tail, new[start : len(new) - tail])


def _is_better(fixed: Diagnostic, before: Counter[tuple[object, str]], after: list[Diagnostic]) -> bool:
    left = _problems(after)
    if left[fixed.path, fixed.message] >= before[fixed.path, fixed.message]:
        return False
    # What could not be seen before may be seen now; the fix itself must not be what is wrong.
    return not any(
        left[d.path, d.message] > before[d.path, d.message]
        and (d.path == fixed.path or d.code in (Code.DUPLICATE, Code.SYNTAX))
        for d in after
    )


def _problems(diagnostics: Iterable[Diagnostic]) -> Counter[tuple[object, str]]:
    return Counter((d.path, d.message) for d in diagnostics)


def _candidates(text: str, d: Diagnostic) -> Iterator[tuple[str, str]]:
    """(title, the text with it); not all of them help."""
    start, end = _offset(text, d.line, d.column), _offset(text, d.end_line, d.end_column)
    written = text[start:end]

    def replaced(new: str) -> str:
        return text[:start] + new + text[end:]

    match d.code:
        case Code.UNKNOWN_KEY:
            quote = written[:1] if written[:1] in ('"', "'") else ""
            if d.suggestion:
                new = render.quoted(d.suggestion, quote) if quote else render.key(d.suggestion)
                yield f"Change to `{d.suggestion}`", replaced(new)
            own = f"x-{d.path[-1]}"
            yield (
                f"Keep it as `{own}`, a key of your own",
                replaced(render.quoted(own, quote or '"') if quote else render.key(own)),
            )
        case Code.DUPLICATE if len(d.path) == 3 and d.path[2] == "sessionPrefix":
            for prefix in free_prefixes(str(d.path[1]), text):
                yield from _set(text, d, render.text(prefix), f"Use the session prefix `{prefix}`")
        case Code.MISSING if len(d.path) == 2 and d.path[0] == "projects" and "`path`" in d.message:
            changed = splice.insert(text, (*(str(p) for p in d.path), "path"), ".")
            yield from [("Set `path` to this file's folder", changed)] if changed is not None else []
        case Code.SYNTAX:
            yield "Indent with spaces", _LEADING_TABS.sub(lambda m: m.group().replace("\t", " " * TAB), text)
        case Code.REFERENCE if d.suggestion:
            yield f"Change to `{d.suggestion}`", replaced(render.text(d.suggestion))
        case Code.BRANCH | Code.PROGRAM if d.suggestion:
            wrong = d.found.strip('"')
            alone = wrong == written.strip("\"'")
            # A command has more words than the program.
            new = render.text(d.suggestion) if alone else written.replace(wrong, d.suggestion, 1)
            yield f"Change to `{d.suggestion}`", replaced(new)
        case Code.VALUE | Code.TYPE | Code.REFERENCE:
            found = meaning(d.path)
            if found is not None:
                yield from _values(text, d, found.kind, written)
            if (braces := _PLACEHOLDER.fullmatch(f'"{d.found}"')) and d.suggestion:
                yield f"Change to `{d.suggestion}`", replaced(written.replace(braces[1], d.suggestion))


def _values(text: str, d: Diagnostic, kind: Kind, written: str) -> Iterator[tuple[str, str]]:
    """Values that a key of a kind takes, near what is there."""
    if d.suggestion in _words(kind):
        yield from _set_word(text, d, kind, d.suggestion)
        return
    bare = written.strip("\"'")
    match kind:
        case Choice() | Flag() | Matcher() | Name():
            for word in _words(kind)[:_FEW]:
                yield from _set_word(text, d, kind, word)
        case Integer(minimum, maximum):
            number = re.fullmatch(r"-?[0-9]{1,18}", bare)
            if number and bare != written:
                yield from _set(text, d, bare)
            elif number:
                value = max(minimum, int(bare))
                yield from _set(text, d, str(value if maximum is None else min(value, maximum)))
        case Number():
            if bare != written:
                yield from _set(text, d, bare)
        case Many() if written and "\n" not in written:
            yield from _set(text, d, f"[{written}]")
        case Scalar():
            return
        case _ if re.fullmatch(r"[-+.\w]+", written):
            yield from _set(text, d, render.quoted(written, '"'))
        case _ if re.fullmatch(r"\[[^\[\]{},]+\]", _value_at(text, d)):
            yield from _set(text, d, _value_at(text, d)[1:-1].strip())


def _set_word(text: str, d: Diagnostic, kind: Kind, word: str) -> Iterator[tuple[str, str]]:
    yield from _set(text, d, word if isinstance(kind, Flag) else render.text(word), f"Change to `{word}`")


def _words(kind: Kind) -> tuple[str, ...]:
    match kind:
        case Flag():
            return ("true", "false")
        case Choice(values, planned) | Matcher(values, planned, _) | Name(_, values, planned, _):
            return (*values, *planned)
        case Many(of, True, _):
            return _words(of)
        case _:
            return ()


def _value_at(text: str, d: Diagnostic) -> str:
    """The value from where a problem is to the end of its line."""
    start = _offset(text, d.line, d.column)
    line = _LINE.match(text, start)
    return line.group().strip() if line else ""


def _set(text: str, d: Diagnostic, written: str, title: str = "") -> Iterator[tuple[str, str]]:
    """The text with another value at the problem's key, or in its place in a list."""
    if not d.path:
        # It is the file as a whole.
        return
    title = title or f"Change to `{written}`"
    names = [part for part in d.path if isinstance(part, str)]
    if len(names) == len(d.path):
        changed = splice.place(text, tuple(names), written)
        yield from [(title, changed)] if changed is not None else []
    elif d.end_line == d.line:
        yield title, text[: _offset(text, d.line, d.column)] + written + text[_offset(text, d.end_line, d.end_column) :]


def _offset(text: str, line: int, column: int) -> int:
    """The index of a line and column, both from 1."""
    at = 0
    for _ in range(line - 1):
        match = _LINE.match(text, at)
        at = match.end() if match else at
    return min(at + column - 1, len(text))
