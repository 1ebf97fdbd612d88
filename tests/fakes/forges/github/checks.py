"""Checks of a commit: suites of an app, runs with annotations and steps, legacy statuses, runs and jobs of Actions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from attrs import define, field, frozen

from .people import Account, App

if TYPE_CHECKING:
    from .repository import Repository

#: Conclusions that are green. The words here are those of REST; GraphQL has them in capitals.
PASSED = ("success", "neutral", "skipped")
WAITING = ("queued", "in_progress", "waiting", "pending", "requested")


@frozen
class Annotation:
    """A place in a file; ``level`` is notice, warning or failure."""

    path: str
    line: int
    message: str
    level: str = "failure"
    title: str | None = None
    end_line: int | None = None
    column: int | None = None
    end_column: int | None = None
    raw_details: str | None = None


@frozen
class Step:
    """A step of a job; ``conclusion`` None while it runs."""

    name: str
    conclusion: str | None = "success"


@define(eq=False)
class Artifact:
    """A zip that a run has left."""

    run: Run
    name: str
    content: bytes
    id: int = 0
    node_id: str = ""
    created_at: datetime | None = None
    expired: bool = False


@define(eq=False)
class Run:
    """A run of a workflow of Actions, on one commit. ``attempt`` counts re-runs."""

    repository: Repository
    workflow: str
    sha: str
    branch: str
    event: str
    number: int
    suite: Suite
    id: int = 0
    node_id: str = ""
    attempt: int = 1
    created_at: datetime | None = None
    updated_at: datetime | None = None
    artifacts: list[Artifact] = field(factory=list)
    actor: Account | None = None

    @property
    def jobs(self) -> list[Check]:
        """The jobs of the last attempt: they are the check runs."""
        return self.suite.current

    def artifact(self, name: str, content: bytes, *, expired: bool = False) -> Artifact:
        """Leave a zip file."""
        made = Artifact(self, name, content, created_at=self.repository.hub.clock.now(), expired=expired)
        made.id, made.node_id = self.repository.hub.ids.enter("MDg6QXJ0aWZhY3Q", made)
        self.artifacts.append(made)
        return made


@define(eq=False)
class Suite:
    """The checks of one app on one commit; of Actions one for each run."""

    repository: Repository
    app: App
    sha: str
    branch: str
    id: int = 0
    node_id: str = ""
    run: Run | None = None
    checks: list[Check] = field(factory=list)
    created_at: datetime | None = None
    updated_at: datetime | None = None
    #: Somebody asked its app to check again, which has not begun to.
    rerequested: bool = False

    @property
    def status(self) -> str:
        """completed once all of its checks are."""
        if self.rerequested:
            return "queued"
        left = [check.status for check in self.current if check.status != "completed"]
        return "completed" if not left and self.current else (left[0] if left else "queued")

    @property
    def conclusion(self) -> str | None:
        """The worst of its checks, None before the end."""
        return worst([check.conclusion for check in self.current]) if self.status == "completed" else None

    @property
    def current(self) -> list[Check]:
        """Its checks; of a run of Actions those of the last attempt."""
        return [check for check in self.checks if self.run is None or check.attempt == self.run.attempt]


@define(eq=False)
class Check:
    """A check run; of Actions also the job. ``log`` is its raw text, None once it was removed."""

    suite: Suite
    name: str
    status: str = "queued"
    conclusion: str | None = None
    id: int = 0
    node_id: str = ""
    #: Of the job of Actions: see ``Hub.job_ids_apart``.
    job_id: int = 0
    job_node_id: str = ""
    attempt: int = 1
    started_at: datetime | None = None
    completed_at: datetime | None = None
    title: str | None = None
    summary: str | None = None
    text: str | None = None
    #: Of another app's check, where it is not a made-up one.
    address: str = ""
    external_id: str = ""
    annotations: list[Annotation] = field(factory=list)
    steps: list[Step] = field(factory=list)
    log: str | None = None

    @property
    def details_url(self) -> str:
        """Where a person looks: the job of Actions, or the other app's page."""
        run, repository = self.suite.run, self.suite.repository
        if run:
            return f"{repository.hub.web}/{repository.full_name}/actions/runs/{run.id}/job/{self.job_id}"
        return self.address or f"https://{self.suite.app.slug}.example/{self.id}"

    def change(
        self,
        state: str,
        *,
        annotations: Sequence[Annotation] | None = None,
        steps: Sequence[Step] | None = None,
        log: str | None = None,
    ) -> Check:
        """Go on to a status (``in_progress``) or an end (``success``, ``failure`` …), and tell who listens."""
        repository = self.suite.repository
        now = repository.hub.clock.now()
        running = state in WAITING
        self.status, self.conclusion = (state, None) if running else ("completed", state)
        self.started_at = self.started_at or now
        self.completed_at = None if running else now
        self.annotations = self.annotations if annotations is None else list(annotations)
        self.steps = self.steps if steps is None else list(steps)
        self.log = self.log if log is None else log
        self.suite.updated_at, self.suite.rerequested = now, False
        if self.suite.run:
            self.suite.run.updated_at = now
        repository.tell_check(self)
        return self

    def succeed(self) -> Check:
        """It is green."""
        return self.change("success")


@define(eq=False)
class Status:
    """A legacy status; ``state`` is success, failure, error or pending."""

    repository: Repository
    sha: str
    context: str
    state: str
    creator: Account
    description: str | None = None
    target_url: str | None = None
    id: int = 0
    node_id: str = ""
    created_at: datetime | None = None


_WORST = (
    "action_required",
    "cancelled",
    "timed_out",
    "failure",
    "startup_failure",
    "stale",
    "success",
    "neutral",
    "skipped",
)


def worst(conclusions: Sequence[str | None]) -> str | None:
    """The conclusion of all: that of a failure, before that of a success."""
    known = [c for c in conclusions if c]
    order = ("failure", *_WORST)
    return min(known, key=lambda c: order.index(c) if c in order else 0) if known else None


def latest(checks: Sequence[Check]) -> Iterator[Check]:
    """Of checks with one name and app only the newest, as ``filter=latest`` has it: of an app, not of a run."""
    newest = {(check.suite.id, check.name): check for check in checks}
    return iter(newest.values())


def rollup(checks: Sequence[Check], statuses: Sequence[Status]) -> str | None:
    """``statusCheckRollup.state``: None where there is nothing, EXPECTED never."""
    states = [_state(check) for check in checks] + [status.state.upper() for status in statuses]
    if not states:
        return None
    return next((s for s in ("ERROR", "FAILURE", "PENDING") if s in states), "SUCCESS")


def _state(check: Check) -> str:
    if check.status != "completed":
        return "PENDING"
    return "SUCCESS" if check.conclusion in PASSED else "FAILURE"
