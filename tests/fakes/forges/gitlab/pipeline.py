"""Pipelines, their jobs and what these leave."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from attrs import define, field, frozen

from .people import Account

if TYPE_CHECKING:
    from .project import Project

ENDED = ("success", "failed", "canceled", "skipped", "manual")


@frozen
class TestCase:
    """A case of a JUnit report; ``status`` is success, failed, error or skipped."""

    name: str
    status: str = "success"
    classname: str = ""
    file: str | None = None
    output: str | None = None
    stack_trace: str | None = None
    seconds: float = 0.0

    __test__ = False  # It is no test of pytest's.


@define(eq=False)
class Job:
    """A job; ``trace`` is its raw log."""

    pipeline: Pipeline
    id: int
    name: str
    stage: str
    created_at: datetime
    status: str = "created"
    allow_failure: bool = False
    failure_reason: str | None = None
    trace: str = ""
    artifacts: dict[str, bytes] = field(factory=dict)
    started_at: datetime | None = None
    finished_at: datetime | None = None
    #: Somebody else's word on the commit, with its address and description.
    external: tuple[str, str] | None = None
    #: The pipeline that it has started, being a bridge.
    downstream: Pipeline | None = None
    is_bridge: bool = False

    def change(self, status: str, *, trace: str | None = None, reason: str = "script_failure") -> Job:
        """Go on, or end."""
        now = self.pipeline.project.lab.clock.now()
        self.status, self.started_at = status, self.started_at or now
        self.finished_at = now if status in ENDED else None
        self.failure_reason = reason if status == "failed" else None
        self.trace = self.trace if trace is None else trace
        self.pipeline.updated_at = now
        self.pipeline.project.tell("Pipeline Hook", "pipeline", self.pipeline)
        self.pipeline.project.settle()
        return self


@define(eq=False)
class Pipeline:
    """A pipeline of one commit."""

    project: Project
    id: int
    iid: int
    sha: str
    ref: str
    source: str
    created_at: datetime
    updated_at: datetime
    user: Account
    jobs: list[Job] = field(factory=list)
    #: Name of a suite → its cases.
    tests: dict[str, Sequence[TestCase]] = field(factory=dict)

    @property
    def is_child(self) -> bool:
        """It was started by another pipeline of its project, and is in no list."""
        return self.source == "parent_pipeline"

    @property
    def status(self) -> str:
        """The worst of its jobs that count: https://docs.gitlab.com/ci/pipelines/."""
        newest = self.newest()
        states = [job.status for job in newest if not (job.allow_failure and job.status == "failed")]
        for state in ("running", "pending", "created", "failed", "canceled", "manual", "success"):
            if state in states:
                return state
        return "success" if newest else "created"

    def newest(self) -> list[Job]:
        """Of each name the last try."""
        return list({(job.stage, job.name): job for job in self.jobs}.values())

    def job(
        self, name: str, status: str = "success", *, stage: str = "test", trace: str = "", allow_failure: bool = False
    ) -> Job:
        """A new job, or another try of one."""
        made = Job(
            self, self.project.lab.number(), name, stage, self.project.lab.clock.now(), allow_failure=allow_failure
        )
        self.jobs.append(made)
        return made.change(status, trace=trace)

    def external(self, name: str, status: str, url: str = "", description: str = "") -> Job:
        """What somebody else says of the commit; another word of the same name takes the place of the last."""
        now = self.project.lab.clock.now()
        same = [job for job in self.jobs if job.external and job.name == name]
        made = Job(self, self.project.lab.number(), name, "external", now, external=(url, description))
        self.jobs = [job for job in self.jobs if job not in same] + [made]
        return made.change(status)

    def bridge(self, name: str, *, stage: str = "test", status: str = "success") -> Pipeline:
        """A job that starts a child pipeline, which is returned."""
        child = self.project.pipeline(self.sha, self.ref, "parent_pipeline")
        made = Job(self, self.project.lab.number(), name, stage, self.project.lab.clock.now())
        made.downstream, made.is_bridge = child, True
        self.jobs.append(made)
        made.change(status)
        return child

    def retry(self) -> None:
        """Another try of what failed."""
        for job in self.newest():
            if job.status in ("failed", "canceled"):
                self.job(job.name, "pending", stage=job.stage, allow_failure=job.allow_failure)

    def report(self, suite: str, *cases: TestCase) -> None:
        """What a job's JUnit report says."""
        self.tests[suite] = cases
