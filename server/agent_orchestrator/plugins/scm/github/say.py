"""Saying something at a pull request of GitHub, once for each key.

What was said is looked for among the comments of the same account, so nobody else can claim that it was. Not verified
against a description: an account with a review that is not submitted yet may have its reply kept in that.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agent_orchestrator.formats.json_text import mapping
from agent_orchestrator.model.pull import Pull
from agent_orchestrator.net.answers import Trouble, trouble_in
from agent_orchestrator.plugins.scm.github.mutations import COMMENT, REPLY, RESOLVE, SAID, SAID_IN_THREAD
from agent_orchestrator.plugins.services.github.api import GitHub
from agent_orchestrator.plugins.services.marks import has_mark, marked

#: Pages of a hundred comments that are looked through, the newest first.
_PAGES = 10


async def comment(github: GitHub, pull: Pull, text: str, key: str) -> Trouble | None:
    """Say it of the whole, where it was not said yet."""
    said = await _said(github, SAID, pull.id, key)
    return await _say(github, COMMENT, pull.id, text, key) if said is False else trouble_in(said)


async def reply(github: GitHub, pull: Pull, thread: str, text: str, key: str) -> Trouble | None:
    """Say it in a thread, where it was not said yet."""
    said = await _said(github, SAID_IN_THREAD, thread, key, of=pull.id)
    return await _say(github, REPLY, thread, text, key) if said is False else trouble_in(said)


async def resolve(github: GitHub, pull: Pull, thread: str) -> Trouble | None:
    """Mark a thread as resolved, where it is not."""
    node = await _page(github, SAID_IN_THREAD, thread, None, pull.id)
    if isinstance(node, Trouble):
        return node
    return None if node.get("isResolved") is True else trouble_in(await github.do(RESOLVE, {"id": thread}))


async def _say(github: GitHub, document: str, id: str, text: str, key: str) -> Trouble | None:
    return trouble_in(await github.do(document, {"id": id, "body": marked(text, key)}))


async def _said(github: GitHub, document: str, id: str, key: str, of: str = "") -> bool | Trouble:
    """Was it said with this account? What lies further back than the pages that are read was not."""
    before = None
    for _ in range(_PAGES):
        node = await _page(github, document, id, before, of)
        if isinstance(node, Trouble):
            return node
        comments = mapping(node.get("comments"))
        nodes, page = comments.get("nodes"), mapping(comments.get("pageInfo"))
        if not isinstance(nodes, list) or not all(isinstance(each, dict) for each in nodes):
            return Trouble("unreadable", f"{github.host}: what was said already can not be read")
        own = (each for each in nodes if each.get("viewerDidAuthor") is True)
        if any(has_mark(each.get("body"), key) for each in own):
            return True
        before = page.get("startCursor")
        if page.get("hasPreviousPage") is not True or not before:
            break
    return False


async def _page(github: GitHub, document: str, id: str, before: Any, of: str) -> Mapping[str, Any] | Trouble:
    answer = await github.ask(document, {"id": id, "before": before}, urgent=True)
    if isinstance(answer, Trouble):
        return answer
    node = mapping(answer.data.get("node"))
    said = "; ".join(answer.errors.values())[:300]
    if not node or (of and mapping(node.get("pullRequest")).get("id") != of):
        return Trouble("missing", f"{github.host}: {said or 'it is not there, or not of this pull request'}")
    return Trouble("failed", f"{github.host}: {said}") if said else node
