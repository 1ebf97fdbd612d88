"""Which handler carries out which effect: the wiring of the layer on one screen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from agent_orchestrator.engine import due as d
from agent_orchestrator.engine.drive.claim import claim
from agent_orchestrator.engine.drive.context import Context
from agent_orchestrator.engine.drive.draft import claim_work, end_draft, withdraw_claim
from agent_orchestrator.engine.drive.follow import follow
from agent_orchestrator.engine.drive.issues import take_issue, tell_tracker
from agent_orchestrator.engine.drive.land import build_link, finish_landing, land
from agent_orchestrator.engine.drive.prove import prove
from agent_orchestrator.engine.drive.publish import publish
from agent_orchestrator.engine.drive.pulls import repeat_ci
from agent_orchestrator.engine.drive.react import react
from agent_orchestrator.engine.drive.rerun import compare_ids, rerun
from agent_orchestrator.engine.drive.slots import SlotPool
from agent_orchestrator.engine.drive.target import observe_target
from agent_orchestrator.engine.drive.turn import run_turn, start_turn
from agent_orchestrator.engine.drive.upstream import push
from agent_orchestrator.engine.drive.workspace import catch_up, move_workspace, prepare_workspace, retire

Handler = Callable[[Any], Awaitable[None]]


def handlers(context: Context, pool: SlotPool) -> Mapping[type[d.Effect], Handler]:
    """Every effect's handler, bound to ``context``."""
    return {
        d.ObserveTarget: lambda x: observe_target(context, x),
        d.Prove: lambda x: prove(context, pool, x),
        d.Rerun: lambda x: rerun(context, pool, x),
        d.CompareIds: lambda x: compare_ids(context, pool, x),
        d.Claim: lambda x: claim(context, x),
        d.Follow: lambda x: follow(context, x),
        d.PrepareWorkspace: lambda x: prepare_workspace(context, x),
        d.MoveWorkspace: lambda x: move_workspace(context, x),
        d.StartTurn: lambda x: start_turn(context, x),
        d.RunTurn: lambda x: run_turn(context, x),
        d.BuildLink: lambda x: build_link(context, x),
        d.Land: lambda x: land(context, x),
        d.FinishLanding: lambda x: finish_landing(context, x),
        d.Push: lambda x: push(context, x),
        d.Retire: lambda x: retire(context, x),
        d.React: lambda x: react(context, x),
        d.Publish: lambda x: publish(context, x),
        d.ClaimWork: lambda x: claim_work(context, x),
        d.EndDraft: lambda x: end_draft(context, x),
        d.WithdrawClaim: lambda x: withdraw_claim(context, x),
        d.TakeIssue: lambda x: take_issue(context, x),
        d.TellTracker: lambda x: tell_tracker(context, x),
        d.CatchUp: lambda x: catch_up(context, x),
        d.RepeatCi: lambda x: repeat_ci(context, x),
    }
