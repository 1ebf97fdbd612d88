"""What GitLab answers of conversations, as notes: REST and GraphQL tell the same. Pure.

https://docs.gitlab.com/api/discussions/, GraphQL reference: ``Discussion``, ``Note``. What the service itself has
written is left out, and so is what is said about a commit, which only GraphQL has among a merge request's own.
Functions raise what ``ci.ODD`` names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from attrs import frozen

from agent_orchestrator.plugins.scm.gitlab.ci import kind_of, next_page, number_of, whole

_FRACTION = re.compile(r"\.\d+(?=Z|[+-])")


@frozen
class Note:
    """Something said. Times are in whole seconds; ``thread`` is empty for what stands alone; ``head`` is the line's."""

    id: int
    author: int
    username: str
    body: str
    created_at: str
    updated_at: str
    thread: str = ""
    path: str = ""
    line: int = 0
    head: str = ""


def of_rest(discussions: Iterable[Mapping[str, Any]]) -> tuple[Note, ...]:
    """The notes of discussions of the REST interface."""
    return tuple(
        _of_rest(discussion, note)
        for discussion in discussions
        for note in discussion["notes"]
        if note["system"] is not True
    )


def of_graph(discussions: Iterable[Mapping[str, Any]], number: int | str) -> tuple[Note, ...] | None:
    """The notes of discussions of GraphQL, of the merge request of that number; None: these are not all."""
    found: list[Note] = []
    for discussion in discussions:
        if next_page(discussion["notes"]):
            return None
        found += _of_graph(discussion, str(number))
    return tuple(found)


def _of_rest(discussion: Mapping[str, Any], note: Mapping[str, Any]) -> Note:
    position = note.get("position") or {}
    alone = discussion.get("individual_note") is True
    return Note(
        id=int(note["id"]),
        author=int(note["author"]["id"]),
        username=str(note["author"]["username"]),
        body=str(note["body"] or ""),
        created_at=_seconds(note["created_at"]),
        updated_at=_seconds(note["updated_at"]),
        thread="" if alone else str(discussion["id"]),
        path=str(position.get("new_path") or position.get("old_path") or ""),
        line=int(position.get("new_line") or 0),
        head=str(position.get("head_sha") or ""),
    )


def _of_graph(discussion: Mapping[str, Any], number: str) -> Iterator[Note]:
    alone = kind_of(discussion["replyId"]) == "IndividualNoteDiscussion"
    for note in whole(discussion["notes"]):
        id = number_of(note["id"])
        about = note["url"].rpartition("/-/")[2]
        if note["system"] is True or about.startswith("commit/"):
            continue
        if about != f"merge_requests/{number}#note_{id}":
            raise ValueError("a note is at another place")
        position = note["position"] or {}
        yield Note(
            id=id,
            author=number_of(note["author"]["id"]),
            username=str(note["author"]["username"]),
            body=str(note["body"] or ""),
            created_at=_seconds(note["createdAt"]),
            updated_at=_seconds(note["updatedAt"]),
            thread="" if alone else str(discussion["id"]).rpartition("/")[2],
            path=str(position.get("newPath") or position.get("oldPath") or ""),
            line=int(position.get("newLine") or 0),
            head=str((position.get("diffRefs") or {}).get("headSha") or ""),
        )


def _seconds(time: Any) -> str:
    """A time without fractions, which only REST has: what is edited is known by its time. Raises TypeError."""
    return _FRACTION.sub("", time)
