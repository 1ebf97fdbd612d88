"""How a workspace is seen through the published types.

``EMPTY`` are fields of things that the double has none of: cycles, projects, sharing, triage and so on. Linear's own
library asks for every field, so they have to be there.
"""

from __future__ import annotations

from typing import Any

from ..graph.view import View
from ..wire.clock import iso
from .filters import fits
from .things import PRIORITIES, Attachment, Comment, External, Issue, Label, State, Team, Thing, User

Wanted = dict[str, Any] | None


def show(thing: Thing | None, see: Any) -> Any:
    """The view of a thing, None of None."""
    return None if thing is None else _VIEWS[type(thing)](thing, see)


def listed(see: Any, things: Any, filter: Wanted = None, orderBy: str | None = None) -> list[Any]:
    """A list as it is asked for: newest first, by creation or update."""
    found = [thing for thing in things if fits(thing, filter, see)]
    key = "updated_at" if orderBy == "updatedAt" else "created_at"
    order = {id(thing): place for place, thing in enumerate(found)}
    found.sort(key=lambda thing: (getattr(thing, key), order[id(thing)]), reverse=True)
    return [show(thing, see) for thing in found]


class Common(View):
    """Of everything."""

    PAGE = 50

    def id(self) -> str:
        return self.it.id

    def createdAt(self) -> str | None:
        return iso(self.it.created_at)

    def updatedAt(self) -> str | None:
        return iso(self.it.updated_at)

    def archivedAt(self) -> None:
        return None

    def organization(self) -> Any:
        return organization(self.see)


def organization(see: Any) -> dict[str, Any]:
    """The workspace itself."""
    made = iso(see.actor.created_at)
    names = {"id": "acme", "name": "Acme", "urlKey": "acme"}
    return {"__typename": "Organization", **names, "createdAt": made, "updatedAt": made, "archivedAt": None}


def bot(name: str) -> dict[str, Any] | None:
    """A program that writes; None where it has no name."""
    names = {"name": name, "type": "integration", "subType": None, "userDisplayName": None}
    return {"__typename": "ActorBot", "id": None, "avatarUrl": None, **names} if name else None


class ExternalView(Common):
    TYPE = "ExternalUser"
    SAME = "name displayName"


class UserView(Common):
    TYPE = "User"
    SAME = "name displayName email active app guest"
    EMPTY = (
        "admin avatarBackgroundColor avatarUrl calendarHash description disableReason gitHubUserId inviteHash"
        " hasGitHubCodeAccess lastSeen owner statusEmoji statusLabel statusUntilAt supportsAgentSessions timezone title"
        " canAccessAnyPublicTeam"
    )

    def isAssignable(self) -> bool:
        return True

    def isMentionable(self) -> bool:
        return True

    def isMe(self) -> bool:
        return self.it is self.see.viewer

    def initials(self) -> str:
        return self.it.name[:2].upper()

    def url(self) -> str:
        return f"{self.see.workspace.web}/profiles/{self.it.name}"

    def createdIssueCount(self) -> int:
        return sum(issue.creator is self.it for issue in self.see.workspace.of(Issue))

    def assignedIssues(self, filter: Wanted = None, orderBy: str | None = None, includeArchived: Any = None) -> Any:
        mine = [issue for issue in self.see.workspace.of(Issue) if issue.assignee is self.it]
        return listed(self.see, mine, filter, orderBy)

    def teams(self, filter: Wanted = None, orderBy: str | None = None, includeArchived: Any = None) -> Any:
        return listed(self.see, self.see.workspace.of(Team), filter, orderBy)


class StateView(Common):
    TYPE = "WorkflowState"
    SAME = "name type position color"
    EMPTY = "description inheritedFrom"

    def team(self) -> Any:
        return show(self.it.team, self.see)

    def issues(self, filter: Wanted = None, orderBy: str | None = None, includeArchived: Any = None) -> Any:
        return listed(self.see, [i for i in self.it.team.issues if i.state is self.it], filter, orderBy)


class LabelView(Common):
    TYPE = "IssueLabel"
    SAME = "name color"
    EMPTY = "creator description groupType inheritedFrom lastAppliedAt parent retiredAt retiredBy"

    def team(self) -> Any:
        return show(self.it.team, self.see)

    def isGroup(self) -> bool:
        return self.it.group


class TeamView(Common):
    TYPE = "Team"
    SAME = "name key"
    EMPTY = (
        "activeCycle agentAutomationEnabled aiDiscussionSummariesEnabled aiThreadSummariesEnabled allMembersCanJoin"
        " ancestors autoArchivePeriod autoCloseChildIssues autoCloseParentIssues autoClosePeriod autoCloseStateId"
        " children codingAgentEnabled color currentProgress cycleCalenderUrl cycleCooldownTime cycleDuration"
        " cycleIssueAutoAssignCompleted cycleIssueAutoAssignStarted cycleLockToActive cycleStartDay cyclesEnabled"
        " defaultIssueEstimate defaultProjectTemplate defaultTemplateForMembers defaultTemplateForMembersId"
        " defaultTemplateForNonMembers defaultTemplateForNonMembersId description draftWorkflowState groupIssueHistory"
        " icon integrationsSettings inheritIssueEstimation inheritProjectStatuses inheritSlackAutoCreateProjectChannel"
        " inheritWorkflowStatuses initiativesEnabled inviteHash issueEstimationAllowZero issueEstimationExtended"
        " issueEstimationType issueOrderingNoPriorityFirst issueSortOrderDefaultToBottom joinByDefault"
        " ledInitiativeCount markedAsDuplicateWorkflowState mergeWorkflowState mergeableWorkflowState parent posts"
        " private progressHistory protectedBy protectedById requirePriorityToLeaveTriage restrictedBy restrictedById"
        " retiredAt reviewWorkflowState scimGroupName scimManaged securitySettings setIssueSortOrderOnStateChange"
        " slackAutoCreateProjectChannel slackIssueComments slackIssueStatuses slackNewIssue startWorkflowState timezone"
        " triageEnabled triageIssueState triageResponsibility upcomingCycleCount viewerCanJoin viewerCanLeave"
        " viewerMembership"
    )

    def displayName(self) -> str:
        return self.it.name

    def visibility(self) -> str:
        return "public"

    def defaultIssueState(self) -> Any:
        return show(self.it.state("Todo"), self.see)

    def states(self, filter: Wanted = None, orderBy: str | None = None, includeArchived: Any = None) -> Any:
        return listed(self.see, self.it.states, filter, orderBy)

    def labels(self, filter: Wanted = None, orderBy: str | None = None, includeArchived: Any = None) -> Any:
        return listed(self.see, self.it.labels, filter, orderBy)

    def issues(self, filter: Wanted = None, orderBy: str | None = None, includeArchived: Any = None) -> Any:
        return listed(self.see, self.it.issues, filter, orderBy)

    def issueCount(self, includeArchived: Any = None) -> int:
        return len(self.it.issues)


class IssueView(Common):
    TYPE = "Issue"
    SAME = "identifier title description branchName"
    EMPTY = (
        "activitySummary addedToCycleAt addedToProjectAt addedToTeamAt aiAnalysis asksExternalUserRequester"
        " asksRequester autoArchivedAt autoClosedAt boardOrder canceledAt completedAt customerTicketCount"
        " cycle delegate descriptionState documentContent dueDate estimate favorite"
        " inheritsSharedAccess integrationSourceType lastAppliedTemplate parent previousIdentifiers prioritySortOrder"
        " project projectMilestone reactionData reactions recurringIssueTemplate slaBreachesAt slaHighRiskAt"
        " slaMediumRiskAt slaStartedAt slaType snoozedBy snoozedUntilAt sortOrder sourceComment startedAt"
        " startedTriageAt subIssueSortOrder suggestionsGeneratedAt syncedWith trashed triagedAt trusted"
    )

    def number(self) -> float:
        return float(self.it.number)

    def priority(self) -> float:
        return float(self.it.priority)

    def priorityLabel(self) -> str:
        return PRIORITIES[self.it.priority]

    def url(self) -> str:
        return f"{self.see.workspace.web}/issue/{self.it.identifier}"

    def team(self) -> Any:
        return show(self.it.team, self.see)

    def state(self) -> Any:
        return show(self.it.state, self.see)

    def assignee(self) -> Any:
        return show(self.it.assignee, self.see)

    def creator(self) -> Any:
        return None if self.it.external or self.it.bot else show(self.it.creator, self.see)

    def botActor(self) -> Any:
        return bot(self.it.bot)

    def externalUserCreator(self) -> Any:
        return show(self.it.external, self.see)

    def labelIds(self) -> list[str]:
        return [label.id for label in self.it.labels]

    def labels(self, filter: Wanted = None, orderBy: str | None = None, includeArchived: Any = None) -> Any:
        return listed(self.see, self.it.labels, filter, orderBy)

    def comments(self, filter: Wanted = None, orderBy: str | None = None, includeArchived: Any = None) -> Any:
        return listed(self.see, self.it.comments, filter, orderBy)

    def attachments(self, filter: Wanted = None, orderBy: str | None = None, includeArchived: Any = None) -> Any:
        return listed(self.see, self.it.attachments, filter, orderBy)

    def sharedAccess(self) -> dict[str, Any]:
        shown = {"disallowedIssueFields": [], "isShared": False, "sharedWithCount": 0, "sharedWithUsers": []}
        return {"__typename": "IssueSharedAccess", **shown, "viewerHasOnlySharedAccess": False}


class CommentView(Common):
    TYPE = "Comment"
    SAME = "body"
    EMPTY = (
        "agentSession"
        " bodyData documentContent documentContentId externalThread hideInLinear initiative"
        " initiativeId initiativeUpdate initiativeUpdateId isArtificialAgentSessionRoot onBehalfOf parent parentId post"
        " project projectId projectUpdate projectUpdateId quotedText reactionData reactions resolvedAt resolvingComment"
        " resolvingCommentId resolvingUser syncedWith threadSummary"
    )

    def editedAt(self) -> str | None:
        return iso(self.it.edited_at)

    def issue(self) -> Any:
        return show(self.it.issue, self.see)

    def issueId(self) -> str:
        return self.it.issue.id

    def user(self) -> Any:
        return show(self.it.user, self.see)

    def botActor(self) -> Any:
        return bot(self.it.bot)

    def externalUser(self) -> Any:
        return show(self.it.external, self.see)

    def url(self) -> str:
        return f"{self.see.workspace.web}/issue/{self.it.issue.identifier}#comment-{self.it.id[:8]}"


class AttachmentView(Common):
    TYPE = "Attachment"
    SAME = "url title sourceType"
    EMPTY = "bodyData creator externalUserCreator groupBySource metadata originalIssue source subtitle"

    def issue(self) -> Any:
        return show(self.it.issue, self.see)


_VIEWS: dict[type[Thing], type[View]] = {
    User: UserView,
    External: ExternalView,
    State: StateView,
    Label: LabelView,
    Team: TeamView,
    Issue: IssueView,
    Comment: CommentView,
    Attachment: AttachmentView,
}
