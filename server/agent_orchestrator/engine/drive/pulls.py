"""``RepeatCi``, and what reactions do to pull requests."""

from __future__ import annotations

import logging

from agent_orchestrator.engine import derive
from agent_orchestrator.engine import events as e
from agent_orchestrator.engine import pull_events as p
from agent_orchestrator.engine.drive.context import Context
from agent_orchestrator.engine.drive.forge import NoForge, patiently, scm_of
from agent_orchestrator.engine.due import RepeatCi
from agent_orchestrator.engine.state import Reaction
from agent_orchestrator.model.pull import Pull
from agent_orchestrator.model.watched import Watched, is_behind, is_to_change, ready, talk_mark, to_repeat, verdict
from agent_orchestrator.net.answers import Trouble
from agent_orchestrator.ports.scm import Merged, Scm

log = logging.getLogger(__name__)


async def repeat_ci(context: Context, effect: RepeatCi) -> None:
    """Carry out a :class:`RepeatCi`; where that can not be had, what failed has failed."""
    watched = context.state.pulls.get(effect.pull)
    forge = context.project(effect.project).settings.forge
    muted = derive.muted(context.state, effect.project)
    checks = to_repeat(watched, forge, muted) if watched and forge else ()
    if watched is None or watched.pull is None or watched.pull.head != effect.head or not checks:
        await context.record()
        return
    ids = tuple(check.id for check in checks)
    try:
        await repeat(context, watched, only=ids)
    except NoForge as error:
        ids = ()
        log.info("%s: its jobs could not be run again: %s", watched.pull.url, error)
    await context.record(p.CiRepeated(context.now(), watched.project, watched.id, watched.pull.head, ids))


async def repeat(context: Context, watched: Watched, only: tuple[str, ...] = ()) -> int:
    """Run failed checks of a pull request again; how many. Raises NoForge."""
    pull = watched.pull
    scm = scm_of(context, watched.project)
    if pull is None:
        raise NoForge("it was not seen yet")
    checks = tuple(check for check in pull.failed if not only or check.id in only)
    if not checks:
        raise NoForge(f"{pull.url} has no failed check")
    await patiently(context, lambda: scm.rerun(pull, checks))
    return len(checks)


async def merge_pull(context: Context, reaction: Reaction) -> e.Reacted:
    """Merge a pull request at the very head that was found to be ready."""
    watched = context.state.pulls.get(reaction.pull)
    project = context.project(reaction.project)
    now = context.now()

    def failed(why: str) -> e.Reacted:
        return e.Reacted(now, reaction.key, why, failed=True)

    if watched is None or watched.pull is None:
        return failed("its pull request is followed no longer")
    pull = watched.pull
    session = context.state.sessions.get(watched.session)
    if pull.foreign:
        return failed(f"{pull.url} comes from a fork: only a person merges that")
    if session is not None and session.is_held:
        return failed(f"{session.id} is held: {session.held[0]}; only a person allows that")
    if session is not None and session.claim and session.claim.commit == pull.head:
        # Invariant: the empty commit of a claim never lands.
        return failed(f"{pull.url} only claims what {session.id} was at: nothing is done there")
    if session is not None and (session.published or not session.closed) and session.published != pull.head:
        # Invariant: no session's work is merged that was not proven, also where its agent pushed it by itself.
        return failed(f"{pull.url} has commits that were not proven here")
    if not _may_be_merged(watched, reaction):
        return failed(f"{pull.url} is not approved, green and free of conflicts any more")
    scm = scm_of(context, reaction.project)
    # Invariant: what is merged is the head that was looked at, over the base that was looked at; the forge compares the
    # head once more, and of the base nobody but us does.
    watched = await _as_it_is(context, scm, watched, pull)
    if not _may_be_merged(watched, reaction):
        return e.Reacted(context.now(), reaction.key, "nothing: it changed just now")
    rule = next((r for r in project.settings.reactions if r.event == reaction.event), None)
    strategy = (rule.strategy if rule else "") or project.settings.strategy
    title = session.title if session else ""
    outcome: Merged = await patiently(context, lambda: scm.merge(pull, reaction.head, strategy, title))
    said = merge_words(pull, outcome)
    if rule is not None and rule.delete_after and outcome == "merged":
        left = await scm.delete_branch(pull)
        said += f"; {pull.branch} stays: {left.sentence}" if left else f"; {pull.branch} is deleted"
    context.look_again(reaction.project)
    return e.Reacted(context.now(), reaction.key, said)


def merge_words(pull: Pull, outcome: Merged) -> str:
    """What became of a merge, for a person."""
    match outcome:
        case "merged":
            return f"merged {pull.url}"
        case "queued":
            return f"{pull.url} is in the forge's queue"
        case "waits":
            return f"{pull.url} is merged when the forge's own rules are met"


def _may_be_merged(watched: Watched, reaction: Reaction) -> bool:
    """Is it, at the head that was reacted to, what the event says of it?"""
    pull = watched.pull
    if pull is None or pull.head != reaction.head or not pull.green or is_behind(watched):
        return False
    return ready(watched) or (reaction.event == "ci-passed" and not is_to_change(watched))


async def _as_it_is(context: Context, scm: Scm, watched: Watched, pull: Pull) -> Watched:
    """A pull request as it is at this moment. Where no rule decides of reviews, what is said is read as well."""
    seen = await patiently(context, lambda: one(scm, watched))
    events: list[e.Event] = []
    if seen != pull:
        events.append(p.PullsSeen(context.now(), watched.project, (seen,)))
    if not seen.decision and seen.state == "open":
        # Somebody may ask for changes who did not when it was read last.
        talks = await patiently(context, lambda: scm.talk([seen]))
        if seen.id not in talks:
            raise NoForge(f"what is said at {seen.url} can not be read")
        if (said := talks[seen.id].comments) != watched.comments or talk_mark(seen) != watched.talked:
            events.append(p.TalkRead(context.now(), watched.project, watched.id, talk_mark(seen), said))
    if events:
        await context.record(*events)
    return context.state.pulls.get(watched.key, watched)


async def one(scm: Scm, watched: Watched) -> Pull | Trouble:
    """A pull request as it is at this moment."""
    seen = await scm.sweep({watched.id: watched.pull})
    found = seen.pulls.get(watched.id)
    if seen.trouble is not None or found is None or found.stale:
        name = watched.pull.url if watched.pull else watched.id
        return seen.trouble or Trouble("missing", f"{name} can not be seen any more")
    return found


async def rerun_ci(context: Context, reaction: Reaction) -> e.Reacted:
    """Run what failed again."""
    watched = context.state.pulls.get(reaction.pull)
    now = context.now()
    if watched is None or watched.pull is None or watched.pull.head != reaction.head:
        return e.Reacted(now, reaction.key, "nothing: its head is another now")
    forge = context.project(reaction.project).settings.forge
    muted = derive.muted(context.state, reaction.project)
    failed = verdict(watched, forge, muted) if forge else ()
    count = await repeat(context, watched, tuple(check.id for check in failed))
    context.look_again(reaction.project)
    return e.Reacted(context.now(), reaction.key, f"{count} jobs run again")
