"""The roots of queries and mutations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...graph.view import Refused, Unmodelled, View
from ..merge_request import Discussion, Issue
from ..people import level
from .views import DiscussionView, MergeRequestView, NoteView, ProjectView, UserCore


class Query(View):
    def currentUser(self) -> Any:
        return UserCore(self.see.account, self.see)

    def metadata(self) -> dict[str, Any]:
        return {"version": "18.4.0", "revision": "0123456789a"}

    def queryComplexity(self) -> dict[str, Any]:
        return {"score": self.see.complexity, "limit": self.see.limit}

    def project(self, fullPath: str) -> Any:
        """Null where there is none, and where it is not to be seen: GitLab tells no error."""
        found = self.see.lab.projects.get(fullPath)
        if found is None or (found.private and not level(found, self.see.account)):
            return None
        return ProjectView(found, self.see)

    def mergeRequest(self, id: str) -> Any:
        found = _by_gid(self.see, id)
        return MergeRequestView(found, self.see) if found else None


class Mutation(View):
    def createNote(self, input: Mapping[str, Any]) -> dict[str, Any]:
        given = dict(input)
        on, body = _by_gid(self.see, given.pop("noteableId")), given.pop("body")
        within = given.pop("discussionId", None)
        client = given.pop("clientMutationId", None)
        if given:
            raise Unmodelled(f"Mutation.createNote(input: {', '.join(given)}:)")
        if on is None:
            raise _GONE
        if within is None:
            note, discussion = on.comment(self.see.account, body), on.discussions[-1]
        else:
            discussion = _discussion(self.see, within)
            note = discussion.reply(self.see.account, body)
        return {"note": NoteView(note, self.see, discussion), "errors": [], "clientMutationId": client}

    def discussionToggleResolve(self, input: Mapping[str, Any]) -> dict[str, Any]:
        discussion = _discussion(self.see, input["id"])
        discussion.resolve(self.see.account, input["resolve"])
        shown = DiscussionView(discussion, self.see)
        return {"discussion": shown, "errors": [], "clientMutationId": input.get("clientMutationId")}


_GONE = Refused(
    "",
    "The resource that you are attempting to access does not exist or you don't have permission to perform this action",
)


def _every(see: Any) -> Iterator[Issue]:
    return (one for project in see.lab.projects.values() for one in project.merge_requests.values())


def _by_gid(see: Any, id: str) -> Any:
    return next((one for one in _every(see) if f"gid://gitlab/MergeRequest/{one.id}" == id), None)


def _discussion(see: Any, id: str) -> Discussion:
    every = (one for on in _every(see) for one in on.discussions)
    found = next((one for one in every if f"gid://gitlab/Discussion/{one.id}" == id), None)
    if found is None:
        raise _GONE
    return found
