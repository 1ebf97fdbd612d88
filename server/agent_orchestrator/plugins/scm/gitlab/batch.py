"""Asking for many merge requests at once: by halves where it is too much, and what fails for one fails for that one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attrs import define, field

from agent_orchestrator.net.answers import Trouble
from agent_orchestrator.plugins.services.gitlab.api import Document, GitLab, Reply

#: Failures in a row after which the service is down: by halves one of a hundred is found with fewer.
DOWN = 9
#: Kinds of trouble after which nothing more is to be had now.
OVER = ("limited", "unreachable", "denied")


@define
class Batch:
    """``nodes`` has what was answered, by the iid as text; what is not in it was not to be had.

    ``replies`` are the answers that these are of. ``over``: nothing more is to be had now.
    """

    nodes: dict[str, Mapping[str, Any]] = field(factory=dict)
    replies: list[Reply] = field(factory=list)
    trouble: Trouble | None = None
    over: bool = False


async def batch(
    gitlab: GitLab,
    document: Document,
    ids: Sequence[str],
    together: int,
    more: Callable[[Sequence[str]], Mapping[str, Any]] = lambda part: {},
) -> Batch:
    """The nodes of a document over merge requests, ``together`` of them at most at once.

    ``more`` gives further variables for those that are asked for at once.
    """
    done = Batch()
    fails = 0
    waiting = [tuple(ids[at : at + together]) for at in range(0, len(ids), together)]
    while waiting:
        part = waiting.pop(0)
        answer = await gitlab.ask(document, {"path": gitlab.path, "iids": list(part), **more(part)})
        heavy = isinstance(answer, Reply) and answer.too_much
        slow = isinstance(answer, Trouble) and answer.kind == "failed"
        fails = fails + 1 if slow else 0
        if (heavy or (slow and fails < DOWN)) and len(part) > 1:
            middle = len(part) // 2
            waiting[:0] = [part[:middle], part[middle:]]
        elif isinstance(answer, Trouble):
            done.trouble = answer
            if fails >= DOWN or answer.kind in OVER:
                done.over = True
                break
        else:
            nodes = nodes_of(answer.data)
            if nodes is None or (answer.errors and not nodes):
                done.trouble = unreadable(gitlab, answer)
                continue
            done.replies.append(answer)
            done.nodes |= {str(node["iid"]): node for node in nodes if str(node.get("iid")) in part}
    return done


def nodes_of(data: Mapping[str, Any], name: str = "mergeRequests") -> list[Mapping[str, Any]] | None:
    """The merge requests of an answer that are there; None: it has no list of them."""
    project = data.get("project")
    connection = project.get(name) if isinstance(project, dict) else None
    nodes = connection.get("nodes") if isinstance(connection, dict) else None
    return [node for node in nodes if isinstance(node, dict)] if isinstance(nodes, list) else None


def unreadable(gitlab: GitLab, answer: Reply) -> Trouble:
    """Why an answer has nothing of what was asked."""
    if answer.data.get("project") is None and not answer.errors:
        return Trouble("missing", f"{gitlab.host}: there is no project {gitlab.path}, or it may not be seen")
    return Trouble("unreadable", f"{gitlab.host}: {'; '.join(answer.errors)[:300] or 'nothing was answered'}")
