"""Saying something at a merge request, once."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from agent_orchestrator.model.pull import Pull
from agent_orchestrator.net.answers import Trouble
from agent_orchestrator.plugins.services.gitlab.api import GitLab
from agent_orchestrator.plugins.services.gitlab.commands import inert
from agent_orchestrator.plugins.services.gitlab.people import People
from agent_orchestrator.plugins.services.marks import has_mark, marked

#: Pages of notes, from the newest on, in which an earlier try is looked for.
_PAGES = 10


async def comment(gitlab: GitLab, people: People, pull: Pull, text: str, key: str) -> Trouble | None:
    """Say something at it, unless that was said."""
    where = f"{gitlab.project}/merge_requests/{pull.number}/notes"
    notes = await gitlab.items(f"{where}?order_by=created_at&sort=desc", _PAGES, urgent=True)
    if isinstance(notes, Trouble):
        return notes
    return await _once(gitlab, people, notes[0], where, text, key)


async def reply(gitlab: GitLab, people: People, pull: Pull, thread: str, text: str, key: str) -> Trouble | None:
    """Say something in a thread, unless that was said."""
    where = f"{gitlab.project}/merge_requests/{pull.number}/discussions/{quote(thread, safe='')}"
    discussion = await gitlab.read(where, urgent=True)
    if isinstance(discussion, Trouble):
        return discussion
    notes = discussion.get("notes") if isinstance(discussion, dict) else None
    return await _once(gitlab, people, notes or [], f"{where}/notes", text, key)


async def resolve(gitlab: GitLab, pull: Pull, thread: str) -> Trouble | None:
    """Mark a thread as resolved."""
    where = f"{gitlab.project}/merge_requests/{pull.number}/discussions/{quote(thread, safe='')}"
    done = await gitlab.do("PUT", where, {"resolved": True})
    return done if isinstance(done, Trouble) else None


async def _once(gitlab: GitLab, people: People, notes: list[Any], where: str, text: str, key: str) -> Trouble | None:
    me = await people.me()
    if isinstance(me, Trouble):
        return me
    for note in notes:
        # Anybody else could write the mark to keep us silent.
        own = isinstance(note, dict) and (note.get("author") or {}).get("id") == me[0]
        if own and has_mark(note.get("body"), key):
            return None
    done = await gitlab.do("POST", where, {"body": marked(inert(text), key)})
    return done if isinstance(done, Trouble) else None
