"""Every method of the daemon: its name, parameters and result. The CLI's verbs are this table."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from agent_orchestrator.protocol import types as t


@frozen
class Method:
    """``params`` and ``result`` are attrs classes of :mod:`agent_orchestrator.protocol.types`; None: no parameters."""

    name: str
    params: type | None
    result: type
    doc: str


_ALL = (
    Method("daemon", None, t.DaemonState, "Who answers, and what is wrong."),
    Method("shutdown", None, t.Done, "End the daemon; agents and gates go on and are taken up again by the next one."),
    Method("projects", None, t.Projects, "The projects that the daemon drives."),
    Method("projectAdd", t.AddProjectParams, t.Done, "Drive a repository."),
    Method("projectRemove", t.ProjectParams, t.Done, "Stop driving a repository; its files are untouched."),
    Method("runs", t.ProjectParams, t.Runs, "What work in a project runs, for a person to read before they trust it."),
    Method("trust", t.TrustParams, t.Done, "Allow what the project's configuration runs, as it is now."),
    Method("pause", t.ProjectParams, t.Done, "Start nothing new in a project."),
    Method("resume", t.ProjectParams, t.Done, "Go on in a paused project."),
    Method("check", t.CheckParams, t.CheckResults, "Run checks in the checkout as it lies."),
    Method("hunt", t.HuntParams, t.HuntState, "Fix what is red in the target."),
    Method("huntState", t.HuntIdParams, t.HuntState, "How far a hunt is."),
    Method("new", t.NewParams, t.Done, "Give a free task to an agent."),
    Method("sessions", t.ListParams, t.Sessions, "The sessions."),
    Method("session", t.SessionParams, t.SessionDetail, "One session."),
    Method("send", t.SendParams, t.Done, "Say something to a session's agent."),
    Method("attach", t.SessionParams, t.Argv, "The command that attaches a terminal to a session."),
    Method("logs", t.LogsParams, t.LogChunk, "A session's output."),
    Method("diff", t.SessionParams, t.Text, "What a session changed."),
    Method("stop", t.StopParams, t.Done, "Stop sessions: save their work, remove their worktrees."),
    Method("restore", t.SessionParams, t.Done, "Bring a stopped or left session back from its saved work."),
    Method("land", t.LandParams, t.Done, "Land a session's work through the gate."),
    Method("queue", t.ProjectParams, t.Queue, "The landing queue and the last landings."),
    Method("undo", t.UndoParams, t.Done, "Take a landing back through the gate."),
    Method("mute", t.MuteParams, t.Done, "Mute a failure as flaky."),
    Method("clean", t.CleanParams, t.Done, "Remove what is merged and saved refs that are old."),
)

METHODS: Mapping[str, Method] = {method.name: method for method in _ALL}
