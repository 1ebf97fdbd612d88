"""The events that reactions are for: their names, the original tool's other names, and the fields that each one has."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

#: What can be done by itself.
SEND, NOTIFY, MERGE, RERUN, SPAWN, STOP, LAND, RUN = (
    "send-to-agent",
    "notify",
    "merge",
    "rerun-ci",
    "spawn",
    "stop",
    "land",
    "run",
)
ACTIONS = (SEND, NOTIFY, MERGE, RERUN, SPAWN, STOP, LAND, RUN)
PRIORITIES = ("urgent", "action", "warning", "info")

_PROJECT = ("project",)
_SESSION = (*_PROJECT, "session.id", "session.title", "session.agent", "session.branch", "session.attempt")
_PULL = (*_SESSION, "pr.number", "pr.url", "pr.title", "pr.branch", "pr.base", "pr.head", "pr.draft", "labels")


@frozen
class Event:
    """A kind of event. ``fields`` are what conditions and texts may name; ``message`` is what is said by default.

    ``pulls``: it happens to pull requests alone.
    """

    name: str
    says: str
    fields: tuple[str, ...]
    message: str
    priority: str = "info"
    pulls: bool = False


def _pull(name: str, says: str, message: str, *fields: str, priority: str = "info") -> Event:
    return Event(name, says, (*_PULL, *fields), message, priority, pulls=True)


_ALL = (
    _pull("ci-failed", "checks of a pull request's head failed", "CI failed:\n{{errors}}", "errors", "checks", "log"),
    _pull("ci-passed", "all checks of a pull request's head passed", "CI passed on {{pr.url}}"),
    _pull(
        "changes-requested",
        "a reviewer asked for changes",
        "A reviewer asks for changes:\n{{comments}}",
        "comments",
        "author",
    ),
    _pull("comment-added", "somebody commented", "{{author}} says:\n{{comments}}", "comments", "author"),
    _pull("bot-comment", "a program commented", "{{author}} says:\n{{comments}}", "comments", "author"),
    _pull(
        "approved-and-green",
        "a pull request is approved and all its checks passed",
        "{{pr.url}} is approved and green",
        priority="action",
    ),
    _pull(
        "merge-conflict",
        "a pull request can not be merged as it is",
        "The branch conflicts with {{pr.base}}: merge that into it and solve the conflicts.",
    ),
    _pull("base-moved", "the branch that a pull request goes into moved", "{{pr.base}} moved"),
    _pull("label-added", "a label was added", "{{label}} was added to {{pr.url}}", "label"),
    _pull("label-removed", "a label was removed", "{{label}} was removed from {{pr.url}}", "label"),
    _pull("pr-opened", "a pull request was opened", "{{pr.url}} was opened"),
    _pull("pr-merged", "a pull request was merged", "{{pr.url}} was merged"),
    _pull("pr-closed", "a pull request was closed", "{{pr.url}} was closed", priority="warning"),
    Event(
        "issue-assigned",
        "an issue was assigned to you",
        (*_PROJECT, "issue.key", "issue.title", "issue.url", "labels"),
        "{{issue.key}} {{issue.title}}",
    ),
    Event("agent-needs-input", "an agent waits for an answer", (*_SESSION, "question"), "{{question}}", "urgent"),
    Event(
        "agent-stuck",
        "an agent showed no sign of life for some time",
        (*_SESSION, "quiet"),
        "{{session.agent}} has shown no sign of life for {{quiet}}",
        "urgent",
    ),
    Event(
        "agent-exited",
        "an agent's program ended and its work is not done",
        (*_SESSION, "error", "summary"),
        "{{session.agent}} ended: {{error}} {{summary}}",
        "warning",
    ),
    Event(
        "agent-rate-limited",
        "an agent reached a usage limit",
        (*_PROJECT, "session.agent", "until"),
        "{{session.agent}} has reached its usage limit, until {{until}}",
        "warning",
    ),
    Event(
        "budget-exceeded",
        "a session used what it may use",
        (*_SESSION, "summary"),
        "{{session.title}}: {{summary}}",
        "action",
    ),
    Event("landed", "a session's work landed", (*_SESSION, "commit"), "{{session.title}} landed in {{commit}}"),
    Event(
        "evicted",
        "a session's work was taken out of the landing queue",
        (*_SESSION, "reason"),
        "{{session.title}} left the landing queue: {{reason}}",
        "warning",
    ),
    Event("all-done", "a hunt is over", (*_PROJECT, "hunt", "reason"), "the hunt is over: {{reason}}"),
)

EVENTS: Mapping[str, Event] = {event.name: event for event in _ALL}

#: Other names of the original tool.
ALIASES: Mapping[str, str] = {
    "merge-conflicts": "merge-conflict",
    "bugbot-comments": "bot-comment",
    "all-complete": "all-done",
    "agent-idle": "agent-stuck",
}


def event_of(name: str) -> Event | None:
    """The event of a reaction's name; None: there is no such event."""
    return EVENTS.get(ALIASES.get(name, name))
