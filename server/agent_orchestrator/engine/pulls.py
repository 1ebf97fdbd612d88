"""What happens to pull requests, applied to the state; a part of ``step``."""

from __future__ import annotations

import hashlib
from typing import Any, get_args

from attrs import evolve

from agent_orchestrator.engine import pull_events as p
from agent_orchestrator.engine.change import Unfit, change_session, put, touch
from agent_orchestrator.engine.state import DraftClaim, Landing, State
from agent_orchestrator.model.pull import CheckState, Pull
from agent_orchestrator.model.tracked import Stage
from agent_orchestrator.model.watched import Again, Watched, watched_key

#: More often than anything is run again.
_NEVER = 1_000


def followed(state: State, event: p.PullFollowed) -> State:
    """A pull request is followed from now on, or is known to be somebody's."""
    key = watched_key(event.project, event.id)
    known = state.pulls.get(key) or Watched(event.project, event.id, event.at)
    session = event.session or known.session
    pulls = put(state.pulls, key, evolve(known, session=session, mine=event.mine or known.mine))
    new = evolve(state, pulls=pulls)
    return change_session(new, event.session, pull=key) if event.session in state.sessions else new


def forgotten(state: State, event: p.PullForgotten) -> State:
    """A pull request is followed no longer."""
    key = watched_key(event.project, event.id)
    return evolve(state, pulls={k: w for k, w in state.pulls.items() if k != key})


def seen(state: State, event: p.PullsSeen) -> State:
    """Pull requests as they are now."""
    for pull in event.pulls:
        key = watched_key(event.project, pull.id)
        known = state.pulls.get(key)
        if known is None:
            continue
        if known.session and (pull.foreign or _is_of_before(state, known, pull)):
            state, known = _not_its_work(state, known)
        state = evolve(state, pulls=put(state.pulls, key, _seen(known, pull, event.at)))
        if pull.state == "merged":
            state = _merged(state, known, pull, event.at)
        elif pull.state == "closed" and not (known.pull and known.pull.state == "closed"):
            state = _closed(state, known, pull)
    return state


def _is_of_before(state: State, known: Watched, pull: Pull) -> bool:
    """Was it over before its session has published anything? So is one of an earlier branch with the same name."""
    session = state.sessions.get(known.session)
    return known.pull is None and pull.state != "open" and not (session is not None and session.published)


def _not_its_work(state: State, known: Watched) -> tuple[State, Watched]:
    """Invariant: what only has a branch of the same name is no session's work: in a fork anybody can name one so."""
    session = state.sessions.get(known.session)
    if session is not None and session.pull == known.key:
        state = change_session(state, session.id, pull="")
    return state, evolve(known, session="")


def _seen(known: Watched, pull: Pull, at: float) -> Watched:
    same = known.pull is not None and known.pull.head == pull.head
    flaky = known.flaky if same else ()
    if same and known.again and known.again.head == pull.head:
        failed = {red.check.key for red in known.reds if red.check.id in known.again.ids}
        passed = {check.key for check in pull.checks if check.state is CheckState.PASSED}
        flaky = tuple(sorted({*flaky, *(failed & passed)}))
    return evolve(
        known,
        pull=pull,
        changed_at=at,
        head_at=known.head_at if same else at,
        # Invariant: what CI said of another head is said of nothing any more.
        reds=known.reds if same else (),
        again=known.again if same else None,
        flaky=flaky,
        green_at=at if pull.green else known.green_at,
        head_base=known.head_base if same and known.head_base else pull.base_head,
    )


def _closed(state: State, known: Watched, pull: Pull) -> State:
    """The session whose work was closed unmerged keeps it, and rests; a person reads why."""
    session = state.sessions.get(known.session)
    if session is None or session.closed:
        return state
    return change_session(state, session.id, notices=(*session.notices, f"{pull.url} was closed unmerged"))


def _merged(state: State, known: Watched, pull: Pull, at: float) -> State:
    """The session whose work was merged has landed: exactly what it published, by whoever pressed the button."""
    session = state.sessions.get(known.session)
    if session is None or session.closed or session.published != pull.head:
        return state
    project = state.projects.get(session.project)
    landing = Landing(
        id=hashlib.sha256(f"{session.id}\0{pull.head}\0{pull.id}".encode()).hexdigest()[:12],
        project=session.project,
        session=session.id,
        base=known.pull.base_head if known.pull else pull.base_head,
        commit=pull.merged_as or pull.head,
        tree=session.head_tree,
        evidence=f"{known.key}:{pull.head}",
        pull=known.key,
        behind=project.target.commit if project and project.target else "",
        target=pull.base,
        intended_at=at,
        landed_at=at,
        fixed=session.items,
        pushed_at=at,
    )
    new = evolve(state, landings=put(state.landings, landing.id, landing))
    notices = session.notices
    if session.running or session.head != session.published:
        # Invariant: what is not merged is not passed over in silence; the end of the session saves it.
        told = f"{pull.url} was merged as of {pull.head[:12]}: what came after that is saved and not merged"
        notices = (*notices, told)
    return change_session(new, session.id, landing=landing.id, last_activity=at, queued_at=0.0, notices=notices)


def _watched(state: State, event: Any, **changes: Any) -> State:
    key = watched_key(event.project, event.id)
    if key not in state.pulls:
        raise Unfit(f"no pull request {key!r} is followed")
    return evolve(state, pulls=put(state.pulls, key, evolve(state.pulls[key], **changes)))


def ci_read(state: State, event: p.CiRead) -> State:
    """Why checks of a head failed; of a head that is the present one no longer it says nothing."""
    known = state.pulls.get(watched_key(event.project, event.id))
    if known is None or known.pull is None or known.pull.head != event.head:
        return state
    newer = {red.check.key for red in event.reds}
    return _watched(state, event, reds=(*(r for r in known.reds if r.check.key not in newer), *event.reds))


def base_compared(state: State, event: p.BaseCompared) -> State:
    """What fails on the base as well."""
    return _watched(state, event, base_of=event.commit, base_failed=event.failed)


def ci_repeated(state: State, event: p.CiRepeated) -> State:
    """Checks are run again, or never will be."""
    known = state.pulls.get(watched_key(event.project, event.id))
    before = known.again if known and known.again and known.again.head == event.head else None
    count = (before.count if before else 0) + 1
    return _watched(state, event, again=Again(event.head, event.ids, event.at, count if event.ids else _NEVER))


def talk_read(state: State, event: p.TalkRead) -> State:
    """What is said at a pull request."""
    return _watched(state, event, talked=event.mark, comments=event.comments)


def comment_allowed(state: State, event: p.CommentAllowed) -> State:
    """A person lets a comment through, or everything that somebody says."""
    project = state.projects.get(event.project)
    if event.author and project is not None:
        heard = tuple(dict.fromkeys((*project.heard, event.author)))
        ignored = tuple(name for name in project.ignored if name != event.author)
        return evolve(state, projects=put(state.projects, project.id, evolve(project, heard=heard, ignored=ignored)))
    known = state.pulls.get(watched_key(event.project, event.id))
    return _watched(state, event, allowed=(*(known.allowed if known else ()), event.comment))


def author_ignored(state: State, event: p.AuthorIgnored) -> State:
    """A person wants to hear nothing of somebody, or to hear them as anybody else. Their newest word counts."""
    project = state.projects.get(event.project)
    if project is None:
        raise Unfit(f"no project {event.project!r}")
    others = tuple(name for name in project.ignored if name != event.author)
    heard = tuple(name for name in project.heard if name != event.author)
    new = evolve(project, ignored=(*others, event.author), heard=heard) if event.ignored else None
    return evolve(state, projects=put(state.projects, project.id, new or evolve(project, ignored=others)))


def pull_asked(state: State, event: p.PullAsked) -> State:
    """The session's work does not land here any more."""
    if any(x.pending and x.session == event.session for x in state.landings.values()):
        raise Unfit(f"{event.session} is landing")
    return touch(state, event, opens_pull=True, draft=event.draft, queued_at=0.0, link=None, waits="")


def claim_intended(state: State, event: p.ClaimIntended) -> State:
    """The branch that is about to be pushed is known, so that it is taken back whatever happens."""
    return touch(state, event, claim=DraftClaim(event.branch, event.commit))


def claim_made(state: State, event: p.ClaimMade) -> State:
    """The branch is the session's."""
    session = state.sessions.get(event.session)
    if session is None or session.claim is None:
        raise Unfit(f"{event.session} claims nothing")
    return touch(state, event, claim=evolve(session.claim, made=True))


def work_claimed(state: State, event: p.WorkClaimed) -> State:
    """Others see that a session is at work."""
    new = followed(state, p.PullFollowed(event.at, event.project, event.id, event.session))
    return touch(new, event, claim=DraftClaim(event.branch, event.commit, made=True, shown=True))


def work_elsewhere(state: State, event: p.WorkElsewhere) -> State:
    """A session has nothing to do. Of what was never begun its tracker is told nothing."""
    return touch(state, event, left=event.reason, issue_told=get_args(Stage), claim=None)


def claim_ended(state: State, event: p.ClaimEnded) -> State:
    """What was published goes on at the same branch; where nothing was, there is no pull request."""
    session = state.sessions.get(event.session)
    branch = session.claim.branch if session and session.claim and session.claim.made else ""
    if session is None or not session.published:
        return change_session(state, event.session, claim=None, pull="")
    return change_session(state, event.session, claim=None, pushes_to=branch or session.pushes_to)


def published(state: State, event: p.Published) -> State:
    """A session's head is at the forge."""
    new = followed(state, p.PullFollowed(event.at, event.project, event.id, event.session))
    new = touch(new, event, published=event.head, queued_at=0.0, link=None, waits="")
    claim = new.sessions[event.session].claim
    if claim is None or claim.shown or not claim.made:
        return new
    # It was opened with all that there is to say, and never was a draft that claims.
    return touch(new, event, claim=None, pushes_to=claim.branch)
