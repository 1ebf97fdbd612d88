"""Saying something at a merge request, once.

Lines that begin with a slash are commands to GitLab ("Quick actions": ``/merge``, ``/close``), so what is said has
none.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from agent_orchestrator.model.pull import Pull
from agent_orchestrator.net.answers import Trouble
from agent_orchestrator.plugins.scm.gitlab.api import GitLab
from agent_orchestrator.plugins.scm.gitlab.talk import Listener

#: Pages of notes, from the newest on, in which an earlier try is looked for.
_PAGES = 10
_COMMAND = re.compile(r"^(\s*)/(?=\w)", re.MULTILINE)


def inert(text: str) -> str:
    """``text`` without quick actions: what would be one is shown as it is."""
    return _COMMAND.sub(r"\1\\/", text.replace("\r\n", "\n").replace("\r", "\n"))


def marked(text: str, key: str) -> str:
    """``text`` with a mark that nobody sees."""
    return f"{inert(text)}\n\n{mark(key)}"


def mark(key: str) -> str:
    """The mark of a key."""
    return f"<!-- ao:{re.sub(r'[^A-Za-z0-9_.:/-]|--', '_', key)} -->"


async def comment(gitlab: GitLab, listener: Listener, pull: Pull, text: str, key: str) -> Trouble | None:
    """Say something at it, unless that was said."""
    where = f"{gitlab.project}/merge_requests/{pull.number}/notes"
    notes = await gitlab.items(f"{where}?order_by=created_at&sort=desc", _PAGES, urgent=True)
    if isinstance(notes, Trouble):
        return notes
    return await _once(gitlab, listener, notes[0], where, text, key)


async def reply(gitlab: GitLab, listener: Listener, pull: Pull, thread: str, text: str, key: str) -> Trouble | None:
    """Say something in a thread, unless that was said."""
    where = f"{gitlab.project}/merge_requests/{pull.number}/discussions/{quote(thread, safe='')}"
    discussion = await gitlab.read(where, urgent=True)
    if isinstance(discussion, Trouble):
        return discussion
    notes = discussion.get("notes") if isinstance(discussion, dict) else None
    return await _once(gitlab, listener, notes or [], f"{where}/notes", text, key)


async def resolve(gitlab: GitLab, pull: Pull, thread: str) -> Trouble | None:
    """Mark a thread as resolved."""
    where = f"{gitlab.project}/merge_requests/{pull.number}/discussions/{quote(thread, safe='')}"
    done = await gitlab.do("PUT", where, {"resolved": True})
    return done if isinstance(done, Trouble) else None


async def _once(
    gitlab: GitLab, listener: Listener, notes: list[Any], where: str, text: str, key: str
) -> Trouble | None:
    me = await listener.me()
    if isinstance(me, Trouble):
        return me
    for note in notes:
        # Anybody else could write the mark to keep us silent.
        own = isinstance(note, dict) and (note.get("author") or {}).get("id") == me
        if own and mark(key) in str(note.get("body")):
            return None
    done = await gitlab.do("POST", where, {"body": marked(text, key)})
    return done if isinstance(done, Trouble) else None
