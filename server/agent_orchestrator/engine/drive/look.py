"""A look at a project's forge: what differs is recorded, and why CI is red and what is said is read.

It decides nothing: what is to be read follows from the state, so that a look that was cut short is made up for by the
next one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence

from attrs import define, evolve, field

from agent_orchestrator.engine import derive
from agent_orchestrator.engine import pull_events as p
from agent_orchestrator.engine.drive.context import Context, Driven
from agent_orchestrator.engine.drive.forge import fetched
from agent_orchestrator.engine.drive.issues import look_for_issues, wants_issues
from agent_orchestrator.engine.state import Project
from agent_orchestrator.formats.ci_log import as_local, log_signature
from agent_orchestrator.git.snapshot import read_head
from agent_orchestrator.model.pace import NEVER_BEGAN, QUIET, next_look, pace
from agent_orchestrator.model.pull import CheckState, CiCheck, Page, Pull
from agent_orchestrator.model.watched import CiFinding, CiRed, Watched, ended_reds, talk_mark, unread
from agent_orchestrator.net.answers import Trouble
from agent_orchestrator.ports.scm import CiFailure, Scm
from agent_orchestrator.proc.shim.install import write_snapshot

log = logging.getLogger(__name__)

#: Failed checks of one head that are read; what a head with more of them lacks is in these.
_READ = 20
#: Findings of one check that are kept.
_KEPT = 200
#: How often it is tried to read checks where there is no connection: logs may be at a host that never answers.
_TRIES = 3
#: Looks that come so soon after another are made with it, in seconds.
_TOGETHER = 2.5


@define
class Looks:
    """What is remembered of one project between looks; nothing of it is needed after a restart."""

    #: Pull request → when it was last looked at.
    at: dict[str, float] = field(factory=dict)
    #: When pull requests of branches were looked for.
    found_at: float = 0.0
    #: When issues were looked for.
    issues_at: float = 0.0
    #: The forge tells of changes by itself.
    told: bool = False
    #: Look at everything now.
    soon: bool = False
    #: What is wrong with the forge, and when to ask it again; with the tracker.
    trouble: Trouble | None = None
    #: Commit that pull requests are based on → what fails there, as this look has read it.
    bases: dict[str, tuple[str, ...]] = field(factory=dict)
    issues_trouble: Trouble | None = None
    #: Head of a pull request → how often no connection let its failed checks be read.
    tries: dict[str, int] = field(factory=dict)
    #: Since when the forge has let nothing be seen; 0: it does.
    denied_at: float = 0.0


def follows(project: Project, watched: Sequence[Watched]) -> bool:
    """Is there anything at the project's forge to look at?"""
    forge = project.settings.forge
    pulls = forge is not None and (forge.followed or any(w.open for w in watched))
    return project.active and (pulls or wants_issues(project) or bool(project.forge_trouble))


async def look(context: Context, project_id: str, looks: Looks) -> float:
    """Look at what is due; when (seconds since 1970) to look again."""
    project, driven = context.project(project_id), context.driven(project_id)
    scm, forge = driven.scm, project.settings.forge
    now = context.now()
    # What is said while this look is under way may be of what it has looked at already.
    soon, looks.soon = looks.soon, False
    issues_at: float = looks.issues_at + QUIET
    if soon or now >= issues_at:
        looks.issues_at, issues_at = now, now + QUIET
        looks.issues_trouble = trouble = await look_for_issues(context, project, driven)
        if trouble is not None:
            log.warning("%s: its issues could not be looked for: %s", project_id, trouble.sentence)
            issues_at = max(issues_at, trouble.until)
    if scm is None or forge is None:
        return issues_at
    watched = tuple(derive.pulls_of(context.state, project_id))
    every = pace(watched, now, told=looks.told)
    before = looks.trouble
    known = await _see(context, project, driven, scm, looks, every, soon=soon)
    if not known:
        looks.trouble = looks.trouble or before
    if looks.trouble is not None and looks.trouble.until > now:
        return looks.trouble.until
    # By what this look has seen: where something begins to happen, the next one is soon.
    every = pace(tuple(derive.pulls_of(context.state, project_id)), now, told=looks.told)
    watched = tuple(w for w in derive.pulls_of(context.state, project_id) if w.open)
    later = [looks.found_at + every, *(next_look(w, looks.at.get(w.id, 0.0), now, every) for w in watched)]
    return min(*later, issues_at) if wants_issues(project) else min(later)


def _due(watched: Sequence[Watched], times: Mapping[str, float], now: float, together: int) -> tuple[Watched, ...]:
    """What is to be looked at now, and what is to be next as far as that asks for nothing more. ``times``: by ids."""
    in_order = sorted(watched, key=lambda w: times[w.id])
    count = sum(time <= now + _TOGETHER for time in times.values())
    return tuple(in_order[: -(-count // together) * together])


async def _see(
    context: Context, project: Project, driven: Driven, scm: Scm, looks: Looks, every: float, *, soon: bool
) -> bool:
    """Look at the pull requests that are due, and for new ones.

    False: nothing was asked for, so that the forge is not known to be well.
    """
    now, forge, asked = context.now(), project.settings.forge, False
    find = soon or now >= looks.found_at + every
    looks.trouble = None
    looks.bases.clear()
    if find:
        looks.found_at = now
        if forge is not None and forge.followed:
            asked = await _find(context, project, driven, scm, looks)
    watched = tuple(w for w in derive.pulls_of(context.state, project.id) if w.open)
    times = {w.id: now if soon else next_look(w, looks.at.get(w.id, 0.0), now, every) for w in watched}
    if due := _due(watched, times, now, scm.together):
        pages = await _sweep(context, project.id, scm, due, looks)
        looks.at |= {w.id: now for w in due}
        await _tell_agents(context, scm.name, due, pages, now)
    await _read(context, driven, scm, looks)
    return asked or bool(due) or (find and not watched)


async def _find(context: Context, project: Project, driven: Driven, scm: Scm, looks: Looks) -> bool:
    """Follow the pull requests of sessions' branches, and of the one that the person has checked out.

    False: there was nothing to ask for.
    """
    wanted = {
        s.pushes_to or s.branch: s.id
        for s in derive.open_sessions(context.state, project.id)
        if s.has_agent and not s.pull
    }
    _, _, theirs = await read_head(driven.repo.git())
    known = {w.pull.branch for w in derive.pulls_of(context.state, project.id) if w.pull and w.open}
    if theirs and theirs != project.settings.target and theirs not in known:
        wanted.setdefault(theirs, "")
    if not wanted:
        return False
    found = await scm.find(sorted(wanted))
    if isinstance(found, Trouble):
        looks.trouble = found
        return True
    followed = {w.id: w for w in derive.pulls_of(context.state, project.id)}
    events = [
        p.PullFollowed(context.now(), project.id, id, wanted[branch], mine=branch == theirs)
        for branch, id in found.items()
        if id not in followed or (wanted[branch] and not followed[id].session and _may_be_its_work(followed[id]))
    ]
    if events:
        await context.record(*events)
    return True


def _may_be_its_work(watched: Watched) -> bool:
    return watched.open and not (watched.pull is not None and watched.pull.foreign)


async def _sweep(context: Context, project: str, scm: Scm, due: Sequence[Watched], looks: Looks) -> Mapping[str, Page]:
    known = {w.id: w.pull for w in due}
    seen = await scm.sweep(known)
    looks.trouble = seen.trouble
    changed = tuple(pull for id, pull in seen.pulls.items() if pull != known.get(id))
    # What was never seen yet may have a fault of its own; what was seen and is left out is gone.
    gone = [id for id, pull in known.items() if id not in seen.pulls and pull] if seen.trouble is None else []
    now = context.now()
    events = [p.PullForgotten(now, project, id) for id in gone]
    if changed or events:
        await context.record(*((p.PullsSeen(now, project, changed),) if changed else ()), *events)
    return seen.pages


async def _tell_agents(
    context: Context, forge: str, due: Sequence[Watched], pages: Mapping[str, Page], at: float
) -> None:
    """Write down what was seen where the sessions' agents are answered from, also where nothing of it is new."""
    for known in due:
        watched = context.state.pulls.get(known.key)
        session = context.state.sessions.get(watched.session) if watched else None
        if session and watched and watched.pull and not watched.pull.stale:
            folder, page = context.places.shim(session.id), pages.get(watched.id)
            await asyncio.to_thread(write_snapshot, folder, forge, watched.pull, at, page)


async def _read(context: Context, driven: Driven, scm: Scm, looks: Looks) -> None:
    """Read what the state lacks: what the base says, why checks failed, what was said."""
    for key in [w.key for w in derive.pulls_of(context.state, driven.id) if w.open]:
        if looks.trouble is not None:
            return
        await read_ci(context, driven, scm, key, looks)
    # Invariant: what a stale look shows is not acted on.
    news = [
        w
        for w in derive.pulls_of(context.state, driven.id)
        if w.open and w.pull and not w.pull.stale and talk_mark(w.pull) != w.talked
    ]
    if news and looks.trouble is None:
        talks = await scm.talk([w.pull for w in news if w.pull])
        if isinstance(talks, Trouble):
            looks.trouble = talks
            return
        now = context.now()
        events = [
            p.TalkRead(now, w.project, w.id, talk_mark(w.pull), talks[w.id].comments)
            for w in news
            if w.pull and w.id in talks
        ]
        if events:
            await context.record(*events)


async def read_ci(context: Context, driven: Driven, scm: Scm, key: str, looks: Looks) -> None:
    """Record why checks of a pull request failed, as far as that is not known yet, and which fail on its base."""
    watched = context.state.pulls[key]
    pull = watched.pull
    if pull is None or pull.stale or not ended_reds(pull):
        return
    now = context.now()
    if watched.base_of != pull.base_head:
        if pull.base_head not in looks.bases:
            checks = await scm.checks_of(pull.base_head)
            if isinstance(checks, Trouble) and checks.kind in ("limited", "unreachable"):
                looks.trouble = checks
                return
            looks.bases[pull.base_head] = () if isinstance(checks, Trouble) else _failed(checks)
        failed = looks.bases[pull.base_head]
        await context.record(p.BaseCompared(now, watched.project, watched.id, pull.base_head, failed))
    again = watched.again
    if again and again.head == pull.head and again.ids and now - again.at > NEVER_BEGAN:
        await context.record(p.CiRepeated(now, watched.project, watched.id, pull.head))
    lacking = unread(context.state.pulls[key])
    if not lacking:
        return
    paths = await _paths(driven, pull)
    reds = []
    for number, check in enumerate(lacking):
        told = (
            await scm.failure(pull, check, paths)
            if number < _READ
            else CiFailure(check, missing=(f"only {_READ} failed checks are read",))
        )
        if told.trouble is not None and _comes_later(looks, pull.head, told.trouble):
            # Invariant: nobody is woken for what may be read in a moment.
            looks.trouble = told.trouble
            break
        reds.append(_red(driven, told))
    else:
        looks.tries.pop(pull.head, None)
    if reds:
        await context.record(p.CiRead(context.now(), watched.project, watched.id, pull.head, tuple(reds)))


def _comes_later(looks: Looks, head: str, trouble: Trouble) -> bool:
    if trouble.kind == "limited":
        return True
    looks.tries[head] = looks.tries.get(head, 0) + 1
    return looks.tries[head] < _TRIES


def _failed(checks: Sequence[CiCheck]) -> tuple[str, ...]:
    return tuple(check.key for check in checks if check.state is CheckState.FAILED)


def _red(driven: Driven, told: CiFailure) -> CiRed:
    """What was read, with the signatures that the project's own checks would give."""
    formats = tuple(check.format for check in driven.checks)
    findings = []
    for each in told.findings[:_KEPT]:
        finding = as_local(each.tool, each.finding, formats)
        signature = log_signature(each.tool, each.finding, formats)
        # What it printed is in the log, of which the end is kept.
        findings.append(CiFinding(evolve(finding, signature=signature, output=""), each.tool, each.step))
    return CiRed(told.check, tuple(findings), told.log, told.missing)


async def _paths(driven: Driven, pull: Pull) -> frozenset[str] | None:
    """The files of the repository as of the head, which is fetched where it is not here; None: it can not be had."""
    git = driven.repo.git()
    if not await fetched(driven, pull):
        return None
    listed = await git.run("ls-tree", "-r", "--name-only", "-z", pull.head, check=False)
    return frozenset(listed.fields()) if listed.code == 0 else None
