"""How a lab is seen through the published types."""

from __future__ import annotations

from typing import Any

from ...graph.connection import Listed
from ...graph.view import Refused, View
from ...wire.clock import iso, parse
from .. import gates
from ..merge_request import Discussion, MergeRequest, Note
from ..people import Account
from ..pipeline import Job, Pipeline
from ..project import Project

#: Most items of a page, and how many where no number is asked for.
PAGE = 100


def gid(kind: str, id: object) -> str:
    """A global id."""
    return f"gid://gitlab/{kind}/{id}"


def counted(items: Any) -> Listed:
    """A list whose connection has its count."""
    every = list(items)
    return Listed(every, count=len(every))


class Common(View):
    PAGE = PAGE

    def createdAt(self) -> str | None:
        return iso(self.it.created_at)

    def updatedAt(self) -> str | None:
        return iso(self.it.updated_at)


class UserCore(View):
    SAME = "username bot"
    it: Account

    def id(self) -> str:
        return gid("User", self.it.id)

    def name(self) -> str:
        return self.it.username

    def state(self) -> str:
        return "active"

    def webUrl(self) -> str:
        return f"{self.see.web}/{self.it.username}"


class AuthorView(UserCore):
    TYPE = "MergeRequestAuthor"


class AssigneeView(UserCore):
    TYPE = "MergeRequestAssignee"


class ReviewerView(UserCore):
    TYPE = "MergeRequestReviewer"

    def __init__(self, it: Account, see: Any, state: str) -> None:
        super().__init__(it, see)
        self._state = state

    def mergeRequestInteraction(self) -> dict[str, Any]:
        return {"reviewState": self._state, "approved": self._state == "APPROVED"}


class ProjectView(Common):
    TYPE = "Project"
    it: Project

    def id(self) -> str:
        return gid("Project", self.it.id)

    def name(self) -> str:
        return self.it.path.rpartition("/")[2]

    def path(self) -> str:
        return self.name()

    def fullPath(self) -> str:
        return self.it.path

    def webUrl(self) -> str:
        return f"{self.see.web}/{self.it.path}"

    def repository(self) -> Any:
        return RepositoryView(self.it, self.see)

    def archived(self) -> bool:
        return False

    def onlyAllowMergeIfPipelineSucceeds(self) -> bool:
        return self.it.pipeline_must_succeed

    def onlyAllowMergeIfAllDiscussionsAreResolved(self) -> bool:
        return self.it.resolve_discussions

    def mergeRequest(self, iid: str) -> Any:
        found = self.it.merge_requests.get(int(iid))
        return MergeRequestView(found, self.see) if found else None

    def mergeRequests(
        self,
        iids: list[str] | None = None,
        state: str | None = None,
        sourceBranches: list[str] | None = None,
        targetBranches: list[str] | None = None,
        updatedAfter: str | None = None,
        labels: list[str] | None = None,
        draft: bool | None = None,
        sort: str = "created_desc",
    ) -> Listed:
        found = [i for i in self.it.merge_requests.values() if iids is None or str(i.iid) in iids]
        found = [i for i in found if state in (None, "all", i.state) and (draft is None or i.draft == draft)]
        found = [i for i in found if sourceBranches is None or i.source in sourceBranches]
        found = [i for i in found if targetBranches is None or i.target in targetBranches]
        found = [i for i in found if labels is None or set(labels) <= set(i.labels)]
        found = [i for i in found if updatedAfter is None or i.updated_at > parse(updatedAfter)]
        by, _, direction = sort.lower().rpartition("_")
        found.sort(
            key=lambda i: (i.updated_at if by == "updated" else i.created_at, i.iid), reverse=direction == "desc"
        )
        return counted(MergeRequestView(one, self.see) for one in found)

    def pipelines(self, sha: str | None = None, ref: str | None = None, status: str | None = None) -> Listed:
        found = [p for p in reversed(self.it.pipelines) if sha in (None, p.sha) and ref in (None, p.ref)]
        found = [p for p in found if not p.is_child]
        found = [p for p in found if status in (None, p.status.upper())]
        return counted(PipelineView(one, self.see) for one in found)


class RepositoryView(View):
    TYPE = "Repository"
    it: Project

    def commit(self, ref: str) -> dict[str, Any] | None:
        """Null where there is none."""
        name = ref.removeprefix("refs/heads/")
        sha = self.it.heads.get(name) or ("" if name != ref else ref)
        found = self.it.refs.commit(sha) if sha else None
        return {"sha": found.oid} if found else None


class MergeRequestView(Common):
    TYPE = "MergeRequest"
    SAME = "title state draft squash mergeError description"
    it: MergeRequest

    def id(self) -> str:
        return gid("MergeRequest", self.it.id)

    def iid(self) -> str:
        if self.it.broken:
            raise Refused("", self.it.broken)
        return str(self.it.iid)

    def reference(self, full: bool = False) -> str:
        return f"{self.it.project.path if full else ''}!{self.it.iid}"

    def webUrl(self) -> str:
        return f"{self.see.web}/{self.it.project.path}/-/merge_requests/{self.it.iid}"

    def project(self) -> Any:
        return ProjectView(self.it.project, self.see)

    def author(self) -> Any:
        return AuthorView(self.it.author, self.see)

    def sourceBranch(self) -> str:
        return self.it.source

    def targetBranch(self) -> str:
        return self.it.target

    def diffHeadSha(self) -> str:
        return self.it.sha

    def mergeCommitSha(self) -> str | None:
        return self.it.merge_commit

    def mergedAt(self) -> str | None:
        return iso(self.it.merged_at)

    def mergeWhenPipelineSucceeds(self) -> bool:
        return self.autoMergeEnabled()

    def autoMergeEnabled(self) -> bool:
        return self.it.auto_merge is not None or self.it.train

    def autoMergeStrategy(self) -> str | None:
        if self.it.train:
            return "merge_train"
        return "merge_when_checks_pass" if self.it.auto_merge else None

    def sourceProjectId(self) -> int:
        return self.it.fork or self.it.project.id

    def targetProjectId(self) -> int:
        return self.it.project.id

    def resolvableDiscussionsCount(self) -> int:
        return sum(one.resolvable for one in self.it.discussions)

    def resolvedDiscussionsCount(self) -> int:
        return sum(one.resolvable and one.resolved_by is not None for one in self.it.discussions)

    def assignees(self) -> list[Any]:
        return [AssigneeView(who, self.see) for who in self.it.assignees]

    def milestone(self) -> dict[str, Any] | None:
        it = self.it.milestone
        return {"id": gid("Milestone", 1), "iid": "1", "title": it} if it else None

    def reviewers(self) -> list[Any]:
        return [ReviewerView(who, self.see, state) for who, state in self.it.reviewers.items()]

    def conflicts(self) -> bool:
        return gates.conflicts(self.it)

    def detailedMergeStatus(self) -> str:
        return self.see.status(self.it).upper()

    def mergeStatusEnum(self) -> str:
        words = {"conflict": "CANNOT_BE_MERGED", "checking": "CHECKING", "unchecked": "UNCHECKED"}
        return words.get(self.see.status(self.it), "CAN_BE_MERGED")

    def shouldBeRebased(self) -> bool:
        return self.it.project.merge_method != "merge" and self.divergedFromTargetBranch()

    def divergedFromTargetBranch(self) -> bool:
        return gates.diverged(self.it) > 0

    def approved(self) -> bool:
        return not self.approvalsLeft()

    def approvalsRequired(self) -> int:
        return self.it.project.approvals_required

    def approvalsLeft(self) -> int:
        return max(0, self.it.project.approvals_required - len(self.it.approved_by))

    def approvedBy(self) -> list[Any]:
        return [UserCore(who, self.see) for who in self.it.approved_by]

    def userNotesCount(self) -> int:
        return sum(not note.system for one in self.it.own for note in one.notes)

    def labels(self) -> Listed:
        return counted({"id": gid("ProjectLabel", name), "title": name, "color": "#ededed"} for name in self.it.labels)

    def headPipeline(self) -> Any:
        newest = gates.head_pipeline(self.it)
        return PipelineView(newest, self.see) if newest else None

    def discussions(self) -> list[Any]:
        """Those about its commits are among them, as they are not in REST."""
        return [DiscussionView(one, self.see) for one in self.it.discussions]

    def notes(self) -> list[Any]:
        return [NoteView(note, self.see, one) for one in self.it.own for note in one.notes]


class DiscussionView(View):
    TYPE = "Discussion"
    SAME = "resolvable"
    PAGE = PAGE
    it: Discussion

    def id(self) -> str:
        return gid("Discussion", self.it.id)

    def replyId(self) -> str:
        """With its kind."""
        return gid(self.it.kind, self.it.id)

    def createdAt(self) -> str | None:
        return iso(self.it.notes[0].created_at)

    def resolved(self) -> bool:
        return self.it.resolved_by is not None

    def resolvedBy(self) -> Any:
        return UserCore(self.it.resolved_by, self.see) if self.it.resolved_by else None

    def notes(self) -> list[Any]:
        return [NoteView(note, self.see, self.it) for note in self.it.notes]


class NoteView(Common):
    TYPE = "Note"
    SAME = "body system"
    it: Note

    def __init__(self, it: Note, see: Any, within: Discussion) -> None:
        super().__init__(it, see)
        self._within = within

    def id(self) -> str:
        kinds = {"DiffDiscussion": "DiffNote", "Discussion": "DiscussionNote"}
        return gid(kinds.get(self._within.kind, "Note"), self.it.id)

    def author(self) -> Any:
        return UserCore(self.it.author, self.see)

    def discussion(self) -> Any:
        return DiscussionView(self._within, self.see)

    def resolvable(self) -> bool:
        return self._within.resolvable

    def resolved(self) -> bool:
        return self._within.resolved_by is not None

    def url(self) -> str:
        about = f"commit/{self._within.sha}" if self._within.commit else f"merge_requests/{self._within.on.iid}"
        return f"{self.see.web}/{self._within.on.project.path}/-/{about}#note_{self.it.id}"

    def position(self) -> dict[str, Any] | None:
        place, on = self._within.position, self._within.on
        if place is None or not isinstance(on, MergeRequest):
            return None
        return {
            "filePath": place.new_path,
            "newPath": place.new_path,
            "oldPath": place.new_path,
            "newLine": place.new_line,
            "oldLine": place.old_line,
            "positionType": "text",
            "diffRefs": {"baseSha": on.base_sha, "startSha": on.base_sha, "headSha": self._within.sha},
        }


class PipelineView(Common):
    TYPE = "Pipeline"
    SAME = "ref"
    it: Pipeline

    def id(self) -> str:
        return gid("Ci::Pipeline", self.it.id)

    def iid(self) -> str:
        return str(self.it.iid)

    def sha(self) -> str:
        return self.it.sha

    def status(self) -> str:
        return self.it.status.upper()

    def active(self) -> bool:
        return self.it.status in gates.BUSY

    def path(self) -> str:
        return f"/{self.it.project.path}/-/pipelines/{self.it.id}"

    def jobs(self, statuses: list[str] | None = None) -> Listed:
        found = [one for one in self.it.newest() if statuses is None or one.status.upper() in statuses]
        return counted(CiJob(one, self.see) for one in found)

    def testReportSummary(self) -> dict[str, Any]:
        cases = [case for suite in self.it.tests.values() for case in suite]
        states = [case.status for case in cases]
        counts = {name: states.count(name) for name in ("failed", "error", "success", "skipped")}
        return {"total": {"count": len(cases), "suiteError": None, "time": sum(c.seconds for c in cases), **counts}}


class CiJob(Common):
    SAME = "name allowFailure"
    it: Job

    def id(self) -> str:
        """Jobs are all that a pipeline knows of: builds, bridges, and what others have said."""
        kind = "GenericCommitStatus" if self.it.external else "Ci::Bridge" if self.it.is_bridge else "Ci::Build"
        return gid(kind, self.it.id)

    def kind(self) -> str:
        return "BRIDGE" if self.it.is_bridge else "BUILD"

    def downstreamPipeline(self) -> Any:
        return PipelineView(self.it.downstream, self.see) if self.it.downstream else None

    def status(self) -> str:
        return self.it.status.upper()

    def refName(self) -> str:
        return self.it.pipeline.ref

    def startedAt(self) -> str | None:
        return iso(self.it.started_at)

    def finishedAt(self) -> str | None:
        return iso(self.it.finished_at)

    def pipeline(self) -> Any:
        return PipelineView(self.it.pipeline, self.see)

    def stage(self) -> dict[str, Any]:
        return {"id": gid("Ci::Stage", self.it.stage), "name": self.it.stage, "status": self.it.status}
