"""The roots: what can be asked for, and what can be changed."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, TypeVar

from ..graph.view import Refused, Unmodelled, View
from .things import Attachment, Comment, Issue, Label, State, Team, Thing, User
from .views import Wanted, listed, organization, show

T = TypeVar("T", bound=Thing)


def find(see: Any, kind: type[T], id: str, name: str) -> T:
    """A thing by its id; an issue also by ``KEY-1``, a team by its key."""
    thing = see.workspace.things.get(id)
    if kind is Issue and thing is None:
        thing = next((issue for issue in see.workspace.of(Issue) if issue.identifier == id), None)
    if kind is Team and thing is None:
        thing = next((team for team in see.workspace.of(Team) if team.key == id), None)
    if not isinstance(thing, kind):
        raise Refused("INPUT_ERROR", f"Entity not found: {name}")
    return thing


def _is_v4(text: str) -> bool:
    """ "The identifier in UUID v4 format" (``CommentCreateInput.id``)."""
    try:
        return uuid.UUID(text).version == 4
    except ValueError:
        return False


class Query(View):
    PAGE = 50

    def viewer(self) -> Any:
        return show(self.see.viewer, self.see)

    def organization(self) -> Any:
        return organization(self.see)

    def rateLimitStatus(self) -> dict[str, Any]:
        limits = self.see.workspace.limits
        requests = {
            "type": "request",
            "requestedAmount": 1.0,
            "allowedAmount": float(limits.allowed),
            "period": 3600000.0,
            "remainingAmount": float(limits.remaining),
            "reset": float(limits.reset_ms),
        }
        return {"kind": "apiKey", "identifier": self.see.viewer.id, "limits": [requests]}

    def issue(self, id: str) -> Any:
        return show(find(self.see, Issue, id, "Issue"), self.see)

    def team(self, id: str) -> Any:
        return show(find(self.see, Team, id, "Team"), self.see)

    def user(self, id: str) -> Any:
        return show(find(self.see, User, id, "User"), self.see)

    def workflowState(self, id: str) -> Any:
        return show(find(self.see, State, id, "WorkflowState"), self.see)

    def comment(self, id: str | None = None) -> Any:
        return show(find(self.see, Comment, id or "", "Comment"), self.see)

    def attachment(self, id: str) -> Any:
        return show(find(self.see, Attachment, id, "Attachment"), self.see)

    def issueVcsBranchSearch(self, branchName: str) -> Any:
        found = [issue for issue in self.see.workspace.of(Issue) if issue.identifier.lower() in branchName.lower()]
        return show(next(iter(found), None), self.see)

    def issues(self, filter: Wanted = None, orderBy: str | None = None, includeArchived: Any = None) -> Any:
        return listed(self.see, self.see.workspace.of(Issue), filter, orderBy)

    def teams(self, filter: Wanted = None, orderBy: str | None = None, includeArchived: Any = None) -> Any:
        return listed(self.see, self.see.workspace.of(Team), filter, orderBy)

    def users(self, filter: Wanted = None, orderBy: str | None = None, includeArchived: Any = None) -> Any:
        return listed(self.see, self.see.workspace.of(User), filter, orderBy)

    def workflowStates(self, filter: Wanted = None, orderBy: str | None = None, includeArchived: Any = None) -> Any:
        return listed(self.see, self.see.workspace.of(State), filter, orderBy)

    def issueLabels(self, filter: Wanted = None, orderBy: str | None = None, includeArchived: Any = None) -> Any:
        return listed(self.see, self.see.workspace.of(Label), filter, orderBy)

    def comments(self, filter: Wanted = None, orderBy: str | None = None, includeArchived: Any = None) -> Any:
        return listed(self.see, self.see.workspace.of(Comment), filter, orderBy)


class Mutation(View):
    def issueCreate(self, input: Mapping[str, Any]) -> dict[str, Any]:
        given = dict(input)
        team = find(self.see, Team, given.pop("teamId"), "Team")
        made = self.see.workspace.issue(given.pop("title", ""), given.pop("description", None), team=team)
        self._change(made, given, "issueCreate")
        return self._done(issue=made)

    def issueUpdate(self, id: str, input: Mapping[str, Any]) -> dict[str, Any]:
        issue = find(self.see, Issue, id, "Issue")
        self._change(issue, dict(input), "issueUpdate")
        issue.touch()
        self.see.workspace.tell("update", "Issue", issue)
        return self._done(issue=issue)

    def _change(self, issue: Issue, given: dict[str, Any], name: str) -> None:
        for plain in ("title", "description", "priority"):
            if plain in given:
                setattr(issue, plain, given.pop(plain))
        if "stateId" in given:
            issue.state = find(self.see, State, given.pop("stateId"), "WorkflowState")
        if "assigneeId" in given:
            who = given.pop("assigneeId")
            issue.assignee = find(self.see, User, who, "User") if who else None
        if "labelIds" in given:
            issue.labels = [find(self.see, Label, label, "IssueLabel") for label in given.pop("labelIds")]
        for label in given.pop("addedLabelIds", ()):
            issue.labels.append(find(self.see, Label, label, "IssueLabel"))
        gone = given.pop("removedLabelIds", ())
        issue.labels = [label for label in issue.labels if label.id not in gone]
        if given:
            raise Unmodelled(f"Mutation.{name}(input: {', '.join(given)}:)")

    def issueAddLabel(self, id: str, labelId: str) -> dict[str, Any]:
        return self.issueUpdate(id, {"addedLabelIds": [labelId]})

    def issueRemoveLabel(self, id: str, labelId: str) -> dict[str, Any]:
        return self.issueUpdate(id, {"removedLabelIds": [labelId]})

    def commentCreate(self, input: Mapping[str, Any]) -> dict[str, Any]:
        given = dict(input)
        issue = find(self.see, Issue, given.pop("issueId"), "Issue")
        id = given.pop("id", None)
        if id is not None and not _is_v4(id):
            raise Refused("INPUT_ERROR", "Argument Validation Error: id must be a UUID")
        made = issue.comment(self.see.viewer, given.pop("body"), id)
        if given:
            raise Unmodelled(f"Mutation.commentCreate(input: {', '.join(given)}:)")
        return self._done(comment=made)

    def commentUpdate(self, id: str, input: Mapping[str, Any]) -> dict[str, Any]:
        given = dict(input)
        made = find(self.see, Comment, id, "Comment").edit(given.pop("body"))
        if given:
            raise Unmodelled(f"Mutation.commentUpdate(input: {', '.join(given)}:)")
        return self._done(comment=made)

    def attachmentLinkGitHubPR(self, issueId: str, url: str, title: str | None = None) -> dict[str, Any]:
        issue = find(self.see, Issue, issueId, "Issue")
        return self._done(attachment=self.see.workspace.attach(issue, url, title or url, "github"))

    def attachmentLinkURL(self, issueId: str, url: str, title: str | None = None) -> dict[str, Any]:
        issue = find(self.see, Issue, issueId, "Issue")
        return self._done(attachment=self.see.workspace.attach(issue, url, title or url))

    def _done(self, **things: Thing) -> dict[str, Any]:
        shown = {name: show(thing, self.see) for name, thing in things.items()}
        return {"success": True, "lastSyncId": 1.0, **shown}
