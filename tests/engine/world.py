"""A simulated world for the engine: effects are carried out on a toy repository, in any order, with no IO.

A tree is a frozenset of the items that are red in it; a commit is (number, tree). An agent fixes its items as its
script says. Every rule is the engine's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import count

from agent_orchestrator.engine import due as d
from agent_orchestrator.engine import events as e
from agent_orchestrator.engine.state import Settings, State
from agent_orchestrator.engine.step import step
from agent_orchestrator.model.evidence import CheckResult, Evidence, Item
from agent_orchestrator.model.report import Finding, Kind, Outcome
from agent_orchestrator.model.rule import Tally

PROJECT = "app"
GATE = "gate"


def item(name: str) -> Item:
    return Item("pytest", f"t.py::{name}")


class World:
    """``red``: names that fail at first; ``all_names``: every test; ``flaky``: names that pass when run again.

    ``agent(names, attempt) -> (fixed names, broken names)`` is the script of every agent.
    ``collide``: pairs of names whose fixes conflict textually when the second was made on an older base.
    """

    def __init__(
        self,
        all_names: Iterable[str],
        red: Iterable[str],
        *,
        flaky: Iterable[str] = (),
        agent: Callable[[frozenset[str], int], tuple[Iterable[str], Iterable[str]]] | None = None,
        collide: Iterable[tuple[str, str]] = (),
        attempts: int = 3,
        agents: int = 2,
    ) -> None:
        self.all_names = sorted(all_names)
        self.flaky = frozenset(flaky)
        self.agent = agent or (lambda names, attempt: (names, ()))
        self.collide = {frozenset(pair) for pair in collide}
        self.clock = count(1)
        self.trees: dict[str, frozenset[str]] = {}
        self.target = self.commit(frozenset(red))
        self.history = [self.target]
        self.events: list[e.Event] = []
        self.state = State()
        self.gates = 0
        self.work: dict[str, frozenset[str]] = {}
        settings = Settings(
            PROJECT, "/repo", "app", "main", checks=("pytest",), gate=("pytest",), attempts=attempts, agents=agents
        )
        self.happen(e.ProjectConfigured(self.now, PROJECT, settings))
        self.happen(e.ProjectTrusted(self.now, PROJECT, settings.trust))

    @property
    def now(self) -> float:
        return float(next(self.clock))

    def commit(self, red: frozenset[str]) -> str:
        name = f"c{len(self.trees)}"
        self.trees[name] = red
        return name

    def happen(self, event: e.Event) -> None:
        self.events.append(event)
        self.state = step(self.state, event)

    def hunt(self, pick: Callable[[list[d.Effect]], d.Effect] = lambda effects: effects[0], limit: int = 2000) -> State:
        self.happen(e.HuntStarted(self.now, "h", PROJECT))
        for _ in range(limit):
            effects = d.due(self.state)
            if not effects:
                return self.state
            self.carry_out(pick(effects))
        raise AssertionError(f"no end after {limit} effects: {d.due(self.state)}")

    # Trees are named after their content, so that equal trees share evidence as they do in git.

    def tree(self, commit: str) -> str:
        return "tree:" + ",".join(sorted(self.trees[commit]))

    def evidence(self, commit: str) -> Evidence:
        red = self.trees[commit]
        outcomes = {item(n).key: Outcome.FAIL if n in red else Outcome.PASS for n in self.all_names}
        findings = tuple(
            Finding(item(n).key, Kind.TEST, "no", signature=f"sig-{n}", cluster=n) for n in self.all_names if n in red
        )
        return Evidence(self.tree(commit), GATE, (CheckResult("pytest", outcomes, findings),))

    def carry_out(self, effect: d.Effect) -> None:
        name = type(effect).__name__
        getattr(self, f"_{name}")(effect)

    def _ObserveTarget(self, effect):
        self.happen(e.TargetObserved(self.now, PROJECT, self.target, self.tree(self.target), GATE))

    def _Prove(self, effect):
        self.gates += 1
        self.happen(e.GateFinished(self.now, f"run{self.gates}", PROJECT, self.evidence(effect.commit)))

    def _Rerun(self, effect):
        tallies = [
            (i, Tally(alone_passed=1, file_passed=1) if i.key[6:] in self.flaky else Tally(0, 3, 0, 3))
            for i in effect.items
        ]
        self.happen(e.ItemsRerun(self.now, PROJECT, effect.tree, tuple(tallies)))

    def _Claim(self, effect):
        failures = [self.state.failures[s] for s in effect.signatures]
        target = self.state.projects[PROJECT].target
        id = f"s{len(self.state.sessions)}"
        self.happen(
            e.SessionClaimed(
                self.now, id, PROJECT, id, "fix", "", "script", "process", f"ao/{id}", target.commit, target.tree,
                f"/repo/.worktrees/{id}", effect.hunt, effect.signatures, tuple(f.item for f in failures),
            )
        )  # fmt: skip

    def _PrepareWorkspace(self, effect):
        self.work[effect.session] = self.trees[self.state.sessions[effect.session].base]
        self.happen(e.WorkspaceReady(self.now, effect.session))

    def _StartTurn(self, effect):
        session = self.state.sessions[effect.session]
        text = session.again.feedback if session.again else ""
        self.happen(e.TurnStarted(self.now, session.id, len(session.turns) + 1, text))

    def _RunTurn(self, effect):
        session = self.state.sessions[effect.session]
        names = frozenset(i.key[6:] for i in session.items)
        fixed, broken = self.agent(names, session.turn.number)
        red = (self.work[session.id] - frozenset(fixed)) | frozenset(broken)
        self.work[session.id] = red
        head = self.commit(red)
        self.happen(e.TurnEnded(self.now, session.id, session.turn.number, 0, "", head, self.tree(head), "saved"))

    def _MoveWorkspace(self, effect):
        session = self.state.sessions[effect.session]
        onto = session.again.onto
        red = self.trees[onto]
        if session.again.move == "merge":
            red = self._merge(session, onto)
        self.work[session.id] = red
        head = self.commit(red)
        self.happen(e.WorkspaceMoved(self.now, session.id, onto, self.tree(onto), head, self.tree(head)))

    def _merge(self, session, onto):
        base, ours, theirs = self.trees[session.base], self.trees[onto], self.trees[session.head]
        return (ours - (base - theirs)) | (theirs - base)

    def _BuildLink(self, effect):
        session = self.state.sessions[effect.session]
        landed = self.trees[session.base] - self.trees[self.target]
        mine = self.trees[session.base] - self.trees[session.head]
        if self.target != self.state.projects[PROJECT].target.commit:
            self.happen(e.TargetObserved(self.now, PROJECT, self.target, self.tree(self.target), GATE))
        elif any(frozenset((a, b)) in self.collide for a in landed for b in mine):
            self.happen(e.LinkConflicted(self.now, session.id, self.target, ("app.py",)))
        else:
            link = self.commit(self._merge(session, self.target))
            self.happen(e.LinkBuilt(self.now, session.id, self.target, link, self.tree(link)))

    def _Land(self, effect):
        session = self.state.sessions[effect.session]
        link = session.link
        id = f"l{len(self.state.landings)}"
        self.happen(
            e.LandingIntended(
                self.now, id, PROJECT, session.id, link.base, link.commit, link.tree, "ev", "main", session.items
            )
        )

    def _FinishLanding(self, effect):
        landing = self.state.landings[effect.landing]
        if self.target != landing.base:
            self.happen(e.LandingSuperseded(self.now, landing.id))
            return
        self.target = landing.commit
        self.history.append(landing.commit)
        self.happen(e.Landed(self.now, landing.id))

    def _Retire(self, effect):
        self.happen(e.WorkspaceRemoved(self.now, effect.session, "saved"))
