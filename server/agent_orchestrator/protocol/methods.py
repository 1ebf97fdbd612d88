"""Every method of the daemon: its name, parameters and result. The CLI's verbs are this table."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from agent_orchestrator.protocol import types as t


@frozen
class Method:
    """``params`` and ``result`` are attrs classes of :mod:`agent_orchestrator.protocol.types`; None: no parameters.

    ``command`` is the id under which editors run it by ``workspace/executeCommand``; empty where that makes no sense.
    """

    name: str
    params: type | None
    result: type
    doc: str
    command: str = ""


_ALL = (
    Method("daemon", None, t.DaemonState, "Who answers, and what is wrong."),
    Method("shutdown", None, t.Done, "End the daemon; agents and gates go on and are taken up again by the next one."),
    Method("projects", None, t.Projects, "The projects that the daemon drives.", "ao.projects"),
    Method("projectAdd", t.AddProjectParams, t.Done, "Drive a repository.", "ao.projectAdd"),
    Method(
        "projectRemove",
        t.ProjectParams,
        t.Done,
        "Stop driving a repository.",
        "ao.projectRemove",
    ),
    Method("runs", t.ProjectParams, t.Runs, "What work in a project runs, for a person to read before they trust it."),
    Method("trust", t.TrustParams, t.Done, "Allow what the project's configuration runs, as it is now.", "ao.trust"),
    Method("pause", t.PauseParams, t.Done, "Start nothing new in a project, or in all.", "ao.pause"),
    Method("resume", t.PauseParams, t.Done, "Go on in a paused project, or in all.", "ao.resume"),
    Method("check", t.CheckParams, t.CheckResults, "Run checks in the checkout as it lies.", "ao.check"),
    Method("hunt", t.HuntParams, t.HuntState, "Fix what is red in the target.", "ao.hunt"),
    Method("huntState", t.HuntIdParams, t.HuntState, "How far a hunt is."),
    Method("huntEnd", t.HuntIdParams, t.Done, "End a hunt: its sessions are stopped, their work is saved."),
    Method("failures", t.ProjectParams, t.Failures, "What is red: in the target, and in the checkout where checked."),
    Method("doctor", t.ProjectParams, t.Doctor, "What the daemon lacks and what is wrong, with advice.", "ao.doctor"),
    Method("new", t.NewParams, t.Done, "Give a free task to an agent.", "ao.spawn"),
    Method("sessions", t.ListParams, t.Sessions, "The sessions.", "ao.sessions"),
    Method("session", t.SessionParams, t.SessionDetail, "One session.", "ao.session"),
    Method("send", t.SendParams, t.Done, "Say something to a session's agent.", "ao.send"),
    Method("answer", t.AnswerParams, t.Done, "Answer what a session's agent asks; the first answer wins.", "ao.answer"),
    Method("interrupt", t.SessionParams, t.Done, "End what a session's agent does; it then waits.", "ao.interrupt"),
    Method("attach", t.SessionParams, t.Argv, "The command that attaches a terminal to a session.", "ao.attach"),
    Method("logs", t.LogsParams, t.LogChunk, "A session's output.", "ao.logs"),
    Method("prompt", t.SessionParams, t.Text, "What the agent of a session's newest turn is told.", "ao.prompt"),
    Method("diff", t.DiffParams, t.Diff, "What a session changed.", "ao.diff"),
    Method("stop", t.StopParams, t.Done, "Stop sessions: save their work, remove their worktrees.", "ao.stop"),
    Method("restore", t.SessionParams, t.Done, "Bring a stopped or left session back from its save.", "ao.restore"),
    Method("keep", t.SessionParams, t.Done, "Take what you changed in a session's worktree for its work.", "ao.keep"),
    Method("hunkTake", t.HunkParams, t.Done, "Make one change of a session in the checkout.", "ao.hunk.take"),
    Method("hunkDrop", t.HunkParams, t.Done, "Take one change out of a session's work.", "ao.hunk.drop"),
    Method("land", t.LandParams, t.Done, "Land a session's work through the gate.", "ao.land"),
    Method("queue", t.ProjectParams, t.Queue, "The landing queue and the last landings.", "ao.queue"),
    Method("undo", t.UndoParams, t.Done, "Take a landing back through the gate.", "ao.undo"),
    Method(
        "putBack",
        t.SessionParams,
        t.Done,
        "Put files of the checkout back that changed while a session's agent ran.",
        "ao.putBack",
    ),
    Method("quiet", t.QuietParams, t.Done, "No notifications of a session any more, or again.", "ao.quiet"),
    Method("reactions", t.ReactionsParams, t.Reactions, "What is done by itself, and what was.", "ao.reactions"),
    Method("react", t.ReactParams, t.Done, "Have a reaction done that was offered.", "ao.react"),
    Method("issues", t.ProjectParams, t.Issues, "The issues that wait, and who works on which.", "ao.issues"),
    Method("mute", t.MuteParams, t.Done, "Mute a failure as flaky.", "ao.mute"),
    Method("pulls", t.PullsParams, t.Pulls, "The pull requests that are followed.", "ao.pulls"),
    Method("pullOpen", t.PullOpenParams, t.Done, "Open the pull request of a session's proven work.", "ao.pullOpen"),
    Method("pullClaim", t.PullClaimParams, t.Done, "Go on with a pull request in a session.", "ao.pullClaim"),
    Method("pullMerge", t.PullMergeParams, t.Done, "Merge a pull request at the head that was seen.", "ao.pullMerge"),
    Method("pullClose", t.PullParams, t.Done, "Close a pull request unmerged.", "ao.pullClose"),
    Method("ciFix", t.CheckOfPullParams, t.Done, "Have an agent mend what CI found in a pull request.", "ao.ciFix"),
    Method("ciRerun", t.PullParams, t.Done, "Run the failed jobs of a pull request again.", "ao.ciRerun"),
    Method("ciLog", t.CheckOfPullParams, t.CiLog, "The end of the logs of failed checks.", "ao.ciLog"),
    Method("commentReply", t.ReplyParams, t.Done, "Answer in a thread of a pull request.", "ao.commentReply"),
    Method("commentResolve", t.ThreadParams, t.Done, "Mark a thread as resolved.", "ao.commentResolve"),
    Method("commentAllow", t.AllowCommentParams, t.Done, "Let a comment reach agents.", "ao.commentAllow"),
    Method("commentSend", t.SendCommentParams, t.Done, "Tell a session's agent what was said.", "ao.commentSend"),
    Method("authorIgnore", t.AuthorParams, t.Done, "Hear nothing of somebody any more.", "ao.authorIgnore"),
    Method("clean", t.CleanParams, t.Done, "Remove what is merged and saved refs that are old.", "ao.clean"),
)

METHODS: Mapping[str, Method] = {method.name: method for method in _ALL}

#: By the id that editors use.
LSP_COMMANDS: Mapping[str, Method] = {method.command: method for method in _ALL if method.command}
