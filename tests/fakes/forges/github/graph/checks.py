"""Checks: runs, suites, statuses, their rollup, and the workflow runs of Actions."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from attrs import frozen

from ...graph.connection import Listed
from ...graph.view import View
from ..checks import Annotation, Check, Run, Status, Step, Suite, latest, rollup
from ..pull import Pull
from ..repository import Repository
from .shown import show, show_all, shows, time, word


@frozen
class Rollup:
    """All checks of a commit. GraphQL lists every run: who reads it drops the older ones."""

    repository: Repository
    sha: str

    @classmethod
    def of(cls, repository: Repository, sha: str) -> Rollup | None:
        """None where there is no check at all."""
        found = cls(repository, sha)
        return found if found.repository.checks(sha) or found.repository.statuses(sha) else None


@shows(Rollup)
class StatusCheckRollup(View):
    def id(self) -> str:
        return f"SCR_{self.it.sha}"

    def state(self) -> str | None:
        return rollup(list(latest(self._checks())), self._statuses())

    def contexts(self) -> Listed:
        runs, statuses = self._checks(), self._statuses()
        return Listed(
            show_all([*runs, *statuses], self.see),
            check_run_count=len(runs),
            status_context_count=len(statuses),
            check_run_counts_by_state=_counted([(c.conclusion or c.status).upper() for c in runs]),
            status_context_counts_by_state=_counted([status.state.upper() for status in statuses]),
        )

    def commit(self) -> Any:
        from .git import Sha

        return show(Sha(self.it.repository, self.it.sha), self.see)

    def _checks(self) -> list[Check]:
        return self.it.repository.checks(self.it.sha)

    def _statuses(self) -> list[Status]:
        return self.it.repository.statuses(self.it.sha)


def _counted(states: Sequence[str]) -> list[dict[str, Any]]:
    return [{"state": state, "count": states.count(state)} for state in dict.fromkeys(states)]


class _Required(View):
    def isRequired(self, pullRequestId: str | None = None, pullRequestNumber: int | None = None) -> bool:
        repository = self._repository()
        pull = self.see.hub.ids.node(pullRequestId) if pullRequestId else repository.items.get(pullRequestNumber)
        name = self.it.name if isinstance(self.it, Check) else self.it.context
        return isinstance(pull, Pull) and name in repository.required_checks

    def _repository(self) -> Repository:
        return self.it.suite.repository if isinstance(self.it, Check) else self.it.repository


class _Numbered(View):
    def id(self) -> str:
        return self.it.node_id

    def databaseId(self) -> int:
        return self.it.id


class _Ends(View):
    def status(self) -> str | None:
        return word(self.it.status)

    def conclusion(self) -> str | None:
        return word(self.it.conclusion)


class _Dated(View):
    def createdAt(self) -> str | None:
        return time(self.it.created_at)

    def updatedAt(self) -> str | None:
        return time(self.it.updated_at)


@shows(Check)
class CheckRun(_Required, _Numbered, _Ends):
    SAME = "name title summary text detailsUrl"

    def startedAt(self) -> str | None:
        return time(self.it.started_at)

    def completedAt(self) -> str | None:
        return time(self.it.completed_at)

    def externalId(self) -> str | None:
        return self.it.external_id or None

    def url(self) -> str:
        return self.it.details_url

    def permalink(self) -> str:
        return self.it.details_url

    def checkSuite(self) -> Any:
        return show(self.it.suite, self.see)

    def repository(self) -> Any:
        return show(self.it.suite.repository, self.see)

    def annotations(self) -> list[Any]:
        return [CheckAnnotation((self.it, note), self.see) for note in self.it.annotations]

    def steps(self, number: int | None = None) -> list[Any]:
        every = [CheckStep((self.it, step, index), self.see) for index, step in enumerate(self.it.steps, 1)]
        return every if number is None else every[number - 1 : number]


class CheckStep(View):
    def name(self) -> str:
        return self._step().name

    def number(self) -> int:
        return self.it[2]

    def status(self) -> str:
        return "COMPLETED" if self._step().conclusion else "IN_PROGRESS"

    def conclusion(self) -> str | None:
        return word(self._step().conclusion)

    def startedAt(self) -> str | None:
        return time(self.it[0].started_at)

    def completedAt(self) -> str | None:
        return time(self.it[0].completed_at)

    def _step(self) -> Step:
        return self.it[1]


class CheckAnnotation(View):
    def path(self) -> str:
        return self._note().path

    def message(self) -> str:
        return self._note().message

    def title(self) -> str | None:
        return self._note().title

    def rawDetails(self) -> str | None:
        return self._note().raw_details

    def annotationLevel(self) -> str | None:
        return word(self._note().level)

    def blobUrl(self) -> str:
        check = self.it[0]
        return f"{self.see.web}/{check.suite.repository.full_name}/blob/{check.suite.sha}/{self._note().path}"

    def fullDatabaseId(self) -> str:
        return str(self.it[0].id + self.it[0].annotations.index(self._note()))

    def location(self) -> dict[str, Any]:
        note = self._note()
        return {
            "start": {"line": note.line, "column": note.column},
            "end": {"line": note.end_line or note.line, "column": note.end_column},
        }

    def _note(self) -> Annotation:
        return self.it[1]


@shows(Suite)
class CheckSuite(_Numbered, _Ends, _Dated):
    def app(self) -> Any:
        return show(self.it.app, self.see)

    def workflowRun(self) -> Any:
        return show(self.it.run, self.see)

    def repository(self) -> Any:
        return show(self.it.repository, self.see)

    def checkRuns(self) -> list[Any]:
        return show_all(self.it.checks, self.see)

    def commit(self) -> Any:
        from .git import Sha

        return show(Sha(self.it.repository, self.it.sha), self.see)


@shows(Run)
class WorkflowRun(_Numbered, _Dated):
    SAME = "event"

    def runNumber(self) -> int:
        return self.it.number

    def url(self) -> str:
        return f"{self.see.web}/{self.it.repository.full_name}/actions/runs/{self.it.id}"

    def resourcePath(self) -> str:
        return f"/{self.it.repository.full_name}/actions/runs/{self.it.id}"

    def checkSuite(self) -> Any:
        return show(self.it.suite, self.see)

    def workflow(self) -> Any:
        return Workflow(self.it, self.see)


class Workflow(View):
    def name(self) -> str:
        return self.it.workflow

    def id(self) -> str:
        return f"W_{self.databaseId():x}"

    def databaseId(self) -> int:
        return workflow_number(self.it)

    def state(self) -> str:
        return "ACTIVE"


def workflow_number(run: Run) -> int:
    """The same for all runs of a workflow."""
    name = f"{run.repository.full_name} {run.workflow}"
    return int(hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest()[:7], 16)


@shows(Status)
class StatusContext(_Required):
    SAME = "context description targetUrl"

    def id(self) -> str:
        return self.it.node_id

    def state(self) -> str | None:
        return word(self.it.state)

    def createdAt(self) -> str | None:
        return time(self.it.created_at)

    def creator(self) -> Any:
        return show(self.it.creator, self.see)

    def avatarUrl(self, size: int | None = None) -> None:
        return None
