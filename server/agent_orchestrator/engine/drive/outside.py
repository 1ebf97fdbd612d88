"""What changed in the user's checkout while an agent ran: found by content, told once, and kept."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import define, field

from agent_orchestrator.engine import events as e
from agent_orchestrator.engine.drive.context import Context, Driven, checkout_lock
from agent_orchestrator.engine.state import OutsideFile
from agent_orchestrator.git.outside import Differing, changed, differing, keep
from agent_orchestrator.model.activity import Fact
from agent_orchestrator.model.wrote import allowed, is_named, named

#: How many files a notice names.
_SHOWN = 5
#: How many paths that an agent named are remembered of a turn.
_NAMES = 5000


@define(eq=False)
class Onlooker:
    """One turn of an agent, for which the user's checkout is looked at. ``before``: how it was when the turn began."""

    context: Context
    driven: Driven
    session: str
    number: int
    before: Differing
    #: Paths in the checkout that the agent works on, by its own word.
    _named: set[str] = field(factory=set)

    def hear(self, fact: Fact) -> None:
        """Something that the agent says of itself."""
        if len(self._named) < _NAMES:
            self._named |= named(fact, str(self.driven.main))

    async def compare(self, now: Differing) -> tuple[e.Event, ...]:
        """What is to be recorded of how the checkout is now: nothing, where all is known or as it was."""
        git = self.driven.repo.at(self.driven.main)
        if git is None or not self.before.head:
            # What a version before this one wrote does not say.
            return ()
        found = await changed(git, self.before, now)
        session = self.context.session(self.session)
        known = {file.path: file for file in session.outside}
        others = self._of_others()
        fresh = [
            each
            for each in found
            if (each.path, each.after) not in others
            and (each.path not in known or known[each.path].after != each.after)
        ]
        if not fresh:
            return ()
        await keep(self.driven.repo, f"{self.session}/{self.number}", fresh)
        names = self._names()
        files = tuple(OutsideFile(f.path, f.before, f.after, is_named(f.path, names)) for f in fresh)
        told = [f for f in files if f.path not in known or (f.by_agent and not known[f.path].by_agent)]
        at = self.context.now()
        notices = self._notices(told)
        return (
            e.OutsideChanged(at, self.session, self.number, files),
            *(e.Noticed(at, self.session, notice) for notice in notices),
        )

    def says_so(self, paths: Iterable[str]) -> bool:
        """Does its agent say that it changes one of these?"""
        names = self._names()
        return any(is_named(path, names) for path in paths)

    def _names(self) -> set[str]:
        names, refused = set(self._named), set[str]()
        for asked in self.context.session(self.session).asks:
            if asked.turn == self.number:
                may, may_not = allowed(asked.ask, asked.option, str(self.driven.main))
                names |= may
                refused |= may_not - may
        return names - refused

    def _of_others(self) -> set[tuple[str, str]]:
        """What other agents say that they have written."""
        return {
            (file.path, file.after)
            for s in self.context.state.sessions.values()
            if s.project == self.driven.id and s.id != self.session
            for file in s.outside
            if file.by_agent
        }

    def _notices(self, files: Iterable[OutsideFile]) -> list[str]:
        main, files = self.driven.main, list(files)
        by_agent, by_whom = [f.path for f in files if f.by_agent], [f.path for f in files if not f.by_agent]
        put_back = f"`ao put-back {self.session}`"
        notices = []
        if by_agent:
            notices.append(f"the agent changed files in {main}: {_listed(by_agent)}. Undo that with {put_back}")
        if by_whom:
            text = f"files in {main} changed while the agent ran: {_listed(by_whom)}"
            notices.append(f"{text}. If that was not you: {put_back}")
        return notices


async def look(context: Context, driven: Driven) -> Differing:
    """What differs in the user's checkout from its commit now, by content."""
    git = driven.repo.at(driven.main)
    if git is None:
        return Differing()
    # In the middle of our own fast-forward its files would look like somebody's changes.
    async with context.lock(checkout_lock(driven.id)):
        return await differing(git, driven.main)


def _listed(paths: list[str]) -> str:
    return ", ".join(paths[:_SHOWN]) + (f" and {len(paths) - _SHOWN} more" * (len(paths) > _SHOWN))
