"""What a person must act on: asked once, when it comes up. Everything else is state that they can look at."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Any

from attrs import define, field, frozen

from agent_orchestrator.engine import derive
from agent_orchestrator.engine.reacting import ESCALATED
from agent_orchestrator.engine.state import Project, Reaction, Session, State
from agent_orchestrator.model.external.text import title
from agent_orchestrator.model.pull import Pull
from agent_orchestrator.model.watched import Watched, comment_mark
from agent_orchestrator.protocol.lsp import SHOW_DIFF, SHOW_LOG
from agent_orchestrator.views.conversations import unheard
from agent_orchestrator.views.forges import forge_notice
from agent_orchestrator.views.talking import question


@frozen
class Notice:
    """A question with what can be done at once. ``key`` tells transitions apart: each is asked about once."""

    key: str
    message: str
    #: Title → (command, its parameters).
    actions: tuple[tuple[str, str, dict[str, Any]], ...] = ()


@define
class Notices:
    """The transitions that a client was told of."""

    _known: set[str] = field(factory=set)
    #: What a person must act on now.
    standing: frozenset[str] = frozenset()
    _begun: bool = False

    def news(self, state: State, projects: Iterable[str], *, trust: bool = True) -> list[Notice]:
        """What came up since the last call. ``trust`` false: whether to trust a project is not to be asked here.

        What was there before the client came is state: a daemon that is restarted under it asks nothing twice.
        """
        all_of_them = (notice for id in projects if id in state.projects for notice in _of(state, state.projects[id]))
        # Some are about more than one project.
        found = list({notice.key: notice for notice in all_of_them}.values())
        old = not self._begun
        self._begun = True
        if not trust:
            found = [n for n in found if not n.key.startswith("trust:")]
        new = [n for n in found if n.key not in self._known and not (old and not n.key.startswith("trust:"))]
        self.standing = frozenset(n.key for n in found)
        self._known |= self.standing
        return new


def _of(state: State, project: Project) -> Iterator[Notice]:
    if project.trusted != project.settings.trust and not project.problem:
        yield Notice(
            f"trust:{project.id}:{project.settings.trust}",
            f"{project.settings.name or project.id}: nothing in {project.settings.path} is run before you trust it.",
            (("Trust and run", "ao.trust", {"project": project.id, "trust": project.settings.trust}),),
        )
    if said := forge_notice(project):
        yield Notice(f"forge:{project.id}:{project.forge_trouble}", said)
    for agent, limit in state.limits.items():
        if limit.asks and any(s.agent == agent for s in derive.open_sessions(state, project.id)):
            clock = time.strftime("%H:%M", time.localtime(limit.until))
            yield Notice(
                f"limit:{agent}:{limit.until}",
                f"{agent} has reached its usage limit, which ends at {clock}. Nothing of it starts before you say so.",
                (("Go on", "ao.resume", {"project": project.id}),),
            )
    if project.settings.intake is not None:
        for issue in project.issues or ():
            if issue.held and issue.key not in project.taken:
                begin = ("Begin it", "ao.spawn", {"project": project.id, "task": "", "issue": issue.key})
                what = f"{issue.key} {issue.title}: waits. @{issue.author} may not push, so a person has to begin it."
                yield Notice(f"issue:{project.id}:{issue.key}", what, (begin,))
    for reaction in state.reactions.values():
        about = state.sessions.get(reaction.session)
        if reaction.project == project.id and not (about and about.quiet):
            yield from _of_reaction(reaction)
    for watched in derive.pulls_of(state, project.id):
        if watched.pull is not None and watched.open:
            yield from _of_comments(project, watched, watched.pull)
    for session in state.sessions.values():
        if session.project == project.id and not session.quiet:
            yield from _of_session(session)


def _of_comments(project: Project, watched: Watched, pull: Pull) -> Iterator[Notice]:
    for comment in unheard(project, watched):
        about = {"project": project.id, "pull": watched.key, "comment": comment.id}
        yield Notice(
            f"comment:{watched.key}:{comment_mark(comment)}",
            f"#{pull.number} {title(pull.title)}: 1 comment from @{comment.author} held: no write access",
            (
                ("Let it be heard once", "ao.commentAllow", {**about, "always": False}),
                (f"Always hear @{comment.author}", "ao.commentAllow", {**about, "always": True}),
            ),
        )


#: Events that are asked about anyway, with what can be done.
_ASKED_ABOUT = ("agent-needs-input", "budget-exceeded")


def _of_reaction(reaction: Reaction) -> Iterator[Notice]:
    # That something lasts for too long is said again, whoever was asked about it before.
    news = reaction.event not in _ASKED_ABOUT or reaction.key.endswith(ESCALATED)
    told = reaction.outcome == "told" and news
    if not (told or reaction.offered or reaction.failed):
        return
    log = (("Show its log", SHOW_LOG, {"session": reaction.session}),) if reaction.session else ()
    if reaction.offered:
        do = (f"Do it: {reaction.action}", "ao.react", {"reaction": reaction.key})
        yield Notice(f"react:{reaction.key}", f"{reaction.event}: {reaction.text}", (do, *log))
    elif reaction.failed:
        why = f"{reaction.event}: {reaction.action} was not done: {reaction.outcome}"
        yield Notice(f"failed:{reaction.key}", why, log)
    else:
        yield Notice(f"react:{reaction.key}", f"{reaction.event}: {reaction.text}", log)


def _of_session(s: Session) -> Iterator[Notice]:
    show = ("Show what it changed", SHOW_DIFF, {"session": s.id})
    if s.is_held and not s.closed:
        allow = ("Allow and land", "ao.land", {"session": s.id, "allow": True})
        yield Notice(f"held:{s.id}:{s.head}", f"{s.title}: held. {s.held[0]}", (show, allow))
    for asked in s.open_asks:
        answer = {"session": s.id, "ask": asked.ask.id}
        yield Notice(
            f"ask:{s.id}:{asked.turn}:{asked.ask.id}",
            f"{s.title}: {s.agent} asks: {question(asked.ask)}",
            tuple((o.label, "ao.answer", {**answer, "option": o.id}) for o in asked.ask.options),
        )
    if s.lacks and not s.closed:
        retry = ("Try again", "ao.restore", {"session": s.id})
        yield Notice(f"lacks:{s.id}:{len(s.turns)}", f"{s.title}: waits. {s.lacks}", (retry,))
    if escaped := [file.path for file in s.outside if file.by_agent]:
        undo = ("Put back", "ao.putBack", {"session": s.id})
        which = escaped[0] + (f" and {len(escaped) - 1} more" * (len(escaped) > 1))
        message = f"{s.title}: {s.agent} changed {which} in your checkout."
        yield Notice(f"outside:{s.id}:{len(s.turns)}", message, (undo,))
    if s.left and not s.stopping:
        again = ("Try again", "ao.hunt", {"project": s.project, "failures": list(s.failures)})
        if not s.failures:
            again = ("Bring it back", "ao.restore", {"session": s.id})
        log = ("Show its log", SHOW_LOG, {"session": s.id})
        yield Notice(f"left:{s.id}:{s.restored_at}", f"{s.title}: left. {s.left.splitlines()[0]}", (log, again))
