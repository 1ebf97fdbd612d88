"""A task as a file that is written in any editor, like a commit message: what it holds at first, and what it says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from attrs import frozen

#: Git's own sign in a commit message: what is below it is left out.
CUT = "# ------------------------ >8 ------------------------"
_TO, _ABOUT = "# to: ", "#   "
#: What is told of a draft in its file.
_NAMES = ("project", "session", "agent", "pull", "thread")


@frozen
class Draft:
    """What is written: to the agent of ``session``, or a new task in ``project`` for ``agent``; empty: the usual.

    With a ``thread``: an answer in it, at the pull request with the key ``pull``.
    """

    project: str = ""
    session: str = ""
    agent: str = ""
    #: What it is about, a line each.
    about: tuple[str, ...] = ()
    pull: str = ""
    thread: str = ""


@frozen
class Written:
    """A file that was saved: what it says, empty when nothing is to be sent, and where it goes."""

    text: str
    draft: Draft


def template(draft: Draft, title: str = "") -> str:
    """The file at first. ``title`` is that of the session, or of the project."""
    whom = _whom(draft)
    helps = [
        f"{whom}: {title}" if title else whom,
        "Save it to send it, once. Save it with nothing above the line to send nothing.",
        "What is below the line is left out.",
    ]
    if not draft.session and not draft.thread:
        helps.insert(1, "The first line is its title, what follows says what is to be done.")
    # A line each, whatever a title from outside holds: others say where it goes.
    lines = ["", "", CUT, *(f"# {' '.join(help.split())}" for help in helps)]
    if draft.about:
        lines += [
            "#",
            "# It is about, which is sent as well:",
            *(f"{_ABOUT}{' '.join(each.split())}" for each in draft.about),
        ]
    where = {name: value for name in _NAMES if (value := getattr(draft, name))}
    return "\n".join([*lines, "#", f"{_TO}{json.dumps(where)}", ""])


def _whom(draft: Draft) -> str:
    if draft.session:
        return f"A message to {draft.session}"
    return "An answer to" if draft.thread else f"A task for {draft.agent or 'the usual agent'}"


def noted(text: str, place: str, quoted: Sequence[str], note: str) -> str:
    """A file with one note more: the lines of code that it is about, quoted under their place, and what is said."""
    above, cut, below = _parted(text.split("\n"))
    before = "\n".join(above).strip("\n")
    quote = "\n".join(f"> {line}".rstrip() for line in (place, *quoted))
    made = "\n\n".join(filter(None, (before, quote, note.strip())))
    return "\n".join((made, "", "" if note.strip() else "\n", *((CUT, *below) if cut else ())))


def read(text: str) -> Written | str:
    """What a saved file says, or why that is not known."""
    above, cut, below = _parted(text.replace("\r\n", "\n").split("\n"))
    if not cut:
        return f"the line `{CUT}` is gone, below which it is told where this goes"
    where = next((_object(line.removeprefix(_TO)) for line in below if line.startswith(_TO)), None)
    if where is None:
        return f"the line `{_TO}…` is gone, which tells where this goes"
    about = tuple(line.removeprefix(_ABOUT) for line in below if line.startswith(_ABOUT))
    given = {name: value for name in _NAMES if isinstance(value := where.get(name), str)}
    said = "\n".join(above).strip()
    if said and about:
        said = "\n".join((said, "", "It is about:", *(f"- {each}" for each in about)))
    return Written(said, Draft(about=about, **given))


def _parted(lines: Sequence[str]) -> tuple[Sequence[str], bool, Sequence[str]]:
    """The lines above the last cut, whether there is one, and those below it."""
    at = max((number for number, line in enumerate(lines) if line.rstrip() == CUT), default=-1)
    return (lines, False, ()) if at < 0 else (lines[:at], True, lines[at + 1 :])


def _object(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
