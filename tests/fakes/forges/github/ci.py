"""What runs on the commits of a repository: suites, check runs, runs of workflows, statuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .checks import Check, Run, Status, Suite

if TYPE_CHECKING:
    from .repository import Repository


class Continuous:
    """The part of a repository that knows its checks."""

    __slots__ = ()

    def suite(
        self: Repository, sha: str, branch: str, *, app: str = "github-actions", workflow: str | None = None
    ) -> Suite:
        """The suite of an app on a commit, of Actions of a workflow; made where it is not there."""
        for suite in self.suites.get(sha, ()):
            if suite.app.slug == app and (suite.run.workflow if suite.run else None) == workflow:
                return suite
        return self.run(sha, branch, workflow).suite if workflow else self._suite(sha, branch, app)

    def _suite(self: Repository, sha: str, branch: str, app: str) -> Suite:
        now = self.hub.clock.now()
        made = Suite(self, self.hub.github_app(app), sha, branch, created_at=now, updated_at=now)
        made.id, made.node_id = self.hub.ids.enter("CS", made)
        self.suites.setdefault(sha, []).append(made)
        return made

    def run(self: Repository, sha: str, branch: str, workflow: str, event: str = "pull_request") -> Run:
        """A new run of a workflow on a commit: a second one on the same commit is beside the first."""
        now = self.hub.clock.now()
        number = sum(run.workflow == workflow for run in self.runs) + 1
        made = Run(self, workflow, sha, branch, event, number, self._suite(sha, branch, "github-actions"))
        made.created_at = made.updated_at = now
        made.actor, made.suite.run = self.hub.actor, made
        made.id, made.node_id = self.hub.ids.enter("WFR", made)
        self.runs.append(made)
        return made

    def check(self: Repository, suite: Suite, name: str) -> Check:
        """A new check run of a suite, queued. Of Actions, it is a job too."""
        made = Check(suite, name, attempt=suite.run.attempt if suite.run else 1)
        made.id, made.node_id = self.hub.ids.enter("CR", made)
        if suite.run:
            made.job_id = self.hub.ids.number() if self.hub.job_ids_apart else made.id
            made.job_node_id = f"J_{made.node_id}"
        suite.checks.append(made)
        return made

    def checks(self: Repository, sha: str) -> list[Check]:
        """Every check run of a commit; of a run of Actions those of its last attempt."""
        return [check for suite in self.suites.get(sha, ()) for check in suite.current]

    def rerun(self: Repository, run: Run, *, only_failed: bool = False) -> None:
        """Another attempt: the jobs are queued again, those that are kept are there with what they were."""
        jobs = run.jobs
        run.attempt += 1
        for job in jobs:
            made = self.check(run.suite, job.name)
            if only_failed and job.conclusion in ("success", "skipped", "neutral"):
                made.status, made.conclusion, made.log = job.status, job.conclusion, job.log
                made.started_at, made.completed_at, made.steps = job.started_at, job.completed_at, job.steps
        run.updated_at = self.hub.clock.now()
        self.tell("workflow_run", "requested", run=run)

    def status(
        self: Repository, sha: str, context: str, state: str, *, by: str | None = None, **details: Any
    ) -> Status:
        """A legacy status of a commit."""
        made = Status(self, sha, context, state, self._who(by), created_at=self.hub.clock.now(), **details)
        made.id, made.node_id = self.hub.ids.enter("SC", made)
        self.said.setdefault(sha, []).append(made)
        self.tell("status", "", status=made)
        self.settle()
        return made

    def statuses(self: Repository, sha: str) -> list[Status]:
        """Of each context the newest status of a commit."""
        return list({status.context: status for status in self.said.get(sha, ())}.values())

    def tell_check(self: Repository, check: Check) -> None:
        """Send the webhooks of a check that changed, and merge what waited for it."""
        done = check.status == "completed"
        self.tell("check_run", "completed" if done else "created", check=check)
        if check.suite.run:
            self.tell("workflow_job", "completed" if done else check.status, check=check)
        if check.suite.status == "completed":
            self.tell("check_suite", "completed", suite=check.suite)
            if check.suite.run:
                self.tell("workflow_run", "completed", run=check.suite.run)
        self.settle()
