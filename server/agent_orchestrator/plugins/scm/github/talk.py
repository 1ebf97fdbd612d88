"""What is said at pull requests of GitHub: who may push is taken from the service, never from how somebody is called.

Not verified against a description: whether a review's ``authorCanPushToRepository`` is of now or of when it was given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import evolve, field, frozen

from agent_orchestrator.model.external.text import comment as clean
from agent_orchestrator.model.pull import Pull
from agent_orchestrator.model.talk import Comment, Talk
from agent_orchestrator.net.answers import ODD, Trouble, unreadable
from agent_orchestrator.plugins.scm.github.documents import THREADS_TOGETHER, TOGETHER
from agent_orchestrator.plugins.scm.github.talk_documents import MANY, ONE, SOME, THREADS
from agent_orchestrator.plugins.services.github.api import GitHub, Reply
from agent_orchestrator.plugins.services.github.permissions import Permissions

#: How much of each kind is asked for: less where an answer is more than the service gives, or than is read.
_MOST = (100, 20, 5)
#: Connections that are a point ("rounded to the nearest whole number"), and threads that may be new since the look.
_POINT, _NEW = 149, 3
_VERDICTS: Mapping[str, str] = {
    "APPROVED": "approved",
    "CHANGES_REQUESTED": "changes-requested",
    "COMMENTED": "commented",
    "DISMISSED": "dismissed",
}


@frozen
class _Said:
    """What is said of one pull request. ``ask``: comments (ids) by people of whom it is still to be asked, by login."""

    comments: tuple[Comment, ...] = ()
    cut: bool = False
    ask: Mapping[str, str] = field(factory=dict)


async def talk(github: GitHub, people: Permissions, pulls: Sequence[Pull]) -> Mapping[str, Talk] | Trouble:
    """What is said, by the ids of the pull requests; one that can not be read is left out."""
    if not pulls:
        return {}
    threads = max(len(pull.threads) for pull in pulls) + _NEW
    if len(pulls) == 1:
        said = await _one(github, pulls[0])
    elif len(pulls) * (3 + threads) <= _POINT:
        said = await _some(github, pulls, threads)
    else:
        said = await _many(github, pulls)
    if isinstance(said, Trouble):
        return said
    may: dict[str, bool] = {}
    for login in sorted({login for each in said.values() for login in each.ask.values()}):
        answer = await people.may_push(login)
        if isinstance(answer, Trouble):
            # Nobody is taken for an outsider because the service had no time.
            return answer
        may[login] = answer
    return {id: _talk(each, may) for id, each in said.items()}


def _talk(said: _Said, may: Mapping[str, bool]) -> Talk:
    found = (evolve(each, may_push=may[said.ask[each.id]]) if each.id in said.ask else each for each in said.comments)
    return Talk(tuple(sorted(found, key=lambda each: each.at)), said.cut)


async def _one(github: GitHub, pull: Pull) -> dict[str, _Said] | Trouble:
    reply = await _less_and_less(github, ONE, {"id": pull.id})
    if isinstance(reply, Trouble):
        return reply
    node = reply.data.get("node")
    if reply.errors or not isinstance(node, dict):
        said = "; ".join(reply.errors.values())[:300] or "it is not there, or may not be seen"
        return Trouble("missing" if node is None else "failed", f"{github.host}: #{pull.number}: {said}")
    try:
        return {pull.id: _all(node)}
    except ODD as error:
        return unreadable(f"{github.host}: #{pull.number}", error)


async def _some(github: GitHub, pulls: Sequence[Pull], threads: int) -> dict[str, _Said] | Trouble:
    """A few with few threads: all of them for one point."""
    ids = [pull.id for pull in pulls]
    nodes = await _by_ids(github, SOME, ids, {"most": _MOST[0], "threads": threads})
    if isinstance(nodes, Trouble):
        return nodes
    return {id: said for id, node in nodes.items() if (said := _read(_all, node)) is not None}


async def _many(github: GitHub, pulls: Sequence[Pull]) -> dict[str, _Said] | Trouble:
    parts: dict[str, list[_Said]] = {}
    for at in range(0, len(pulls), TOGETHER):
        ids = [pull.id for pull in pulls[at : at + TOGETHER]]
        nodes = await _by_ids(github, MANY, ids, {"most": _MOST[0]})
        if isinstance(nodes, Trouble):
            return nodes
        for id, node in nodes.items():
            if (said := _read(_whole, node)) is not None:
                parts[id] = [evolve(said, cut=said.cut or any(p.more_threads for p in pulls if p.id == id))]
    of = {thread.id: pull.id for pull in pulls for thread in pull.threads if pull.id in parts}
    threads = list(of)
    for at in range(0, len(threads), THREADS_TOGETHER):
        nodes = await _by_ids(github, THREADS, threads[at : at + THREADS_TOGETHER], {})
        if isinstance(nodes, Trouble):
            return nodes
        for id in threads[at : at + THREADS_TOGETHER]:
            said = _read(_thread, nodes.get(id))
            # A thread whose comments can not be had may have been deleted: that there could be more is told.
            parts[of[id]].append(_Said(cut=True) if said is None else said)
    return {id: _together(each) for id, each in parts.items()}


async def _less_and_less(github: GitHub, document: str, variables: Mapping[str, Any]) -> Reply | Trouble:
    """Ask for as much as is given: the texts of many comments can be too much at once."""
    answer: Reply | Trouble = Trouble("failed", "")
    for most in _MOST:
        answer = await github.ask(document, {**variables, "most": most})
        if not _is_much(answer):
            break
    return answer


async def _by_ids(
    github: GitHub, document: str, ids: Sequence[str], more: Mapping[str, Any]
) -> dict[str, Any] | Trouble:
    """Nodes by their ids, in halves where all are too much; one that has an error is left out."""
    if "most" in more and len(ids) == 1:
        answer = await _less_and_less(github, document, {**more, "ids": list(ids)})
    else:
        answer = await github.ask(document, {"ids": list(ids), **more})
    if len(ids) > 1 and _is_much(answer):
        middle = len(ids) // 2
        first = await _by_ids(github, document, ids[:middle], more)
        if isinstance(first, Trouble):
            return first
        second = await _by_ids(github, document, ids[middle:], more)
        return second if isinstance(second, Trouble) else first | second
    if isinstance(answer, Trouble):
        return answer
    nodes = answer.data.get("nodes")
    if not isinstance(nodes, list) or len(nodes) != len(ids):
        return Trouble("unreadable", f"{github.host}: it has other than the {len(ids)} nodes that were asked for")
    broken = {path[1] for path in answer.errors if len(path) > 1}
    return {id: node for at, (id, node) in enumerate(zip(ids, nodes, strict=True)) if node and at not in broken}


def _is_much(answer: Reply | Trouble) -> bool:
    if isinstance(answer, Reply):
        return answer.too_much
    return answer.kind in ("failed", "too-large")


def _read(how: Any, node: Any) -> _Said | None:
    try:
        return how(node)  # type: ignore[no-any-return]
    except ODD:
        return None


def _together(parts: Sequence[_Said]) -> _Said:
    return _Said(
        tuple(comment for part in parts for comment in part.comments),
        any(part.cut for part in parts),
        {id: login for part in parts for id, login in part.ask.items()},
    )


def _all(node: Mapping[str, Any]) -> _Said:
    """What is said of it and in its threads."""
    threads = node["reviewThreads"]
    whole = _together([_whole(node), *(_thread(each) for each in _nodes(threads))])
    return evolve(whole, cut=whole.cut or _cut(threads))


def _whole(node: Mapping[str, Any]) -> _Said:
    """Reviews and the conversation's comments. A review that says nothing only brings its threads."""
    reviews = tuple(
        comment
        for each in _shown(node["reviews"])
        if (verdict := _VERDICTS.get(each["state"]))
        if (comment := _comment(each, verdict=verdict, at=each["submittedAt"])).text or verdict != "commented"
    )
    comments = tuple(_comment(each) for each in _shown(node["comments"]))
    # A program, or somebody who was imported from elsewhere, may be called as a person is.
    ask = {str(each["id"]): str(each["author"]["login"]) for each in _shown(node["comments"]) if _is_person(each)}
    return _Said((*reviews, *comments), _cut(node["reviews"]) or _cut(node["comments"]), ask)


def _thread(node: Mapping[str, Any]) -> _Said:
    id, path, line = str(node["id"]), str(node["path"]), int(node["line"] or 0)
    submitted = (each for each in _shown(node["comments"]) if each["state"] != "PENDING")
    comments = (evolve(_comment(each), thread=id, path=path, line=line) for each in submitted)
    return _Said(tuple(comments), _cut(node["comments"]))


def _comment(node: Mapping[str, Any], *, verdict: str = "", at: str | None = None) -> Comment:
    author = node["author"] or {}
    # A comment of a thread is its author's review, of which the service says whether its author may push.
    review = node.get("pullRequestReview") or node
    return Comment(
        id=str(node["id"]),
        author=str(author.get("login") or ""),
        text=clean(node["body"]),
        at=str(at or node["publishedAt"] or node["createdAt"]),
        edited_at=str(node["lastEditedAt"] or ""),
        url=str(node["url"] or ""),
        bot=author.get("__typename") == "Bot",
        may_push=review.get("authorCanPushToRepository") is True and bool(author),
        mine=node["viewerDidAuthor"] is True,
        verdict=verdict,
    )


def _is_person(node: Mapping[str, Any]) -> bool:
    return (node["author"] or {}).get("__typename") == "User"


def _shown(connection: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """What nobody has hidden (as spam, as off-topic, as done)."""
    return (node for node in _nodes(connection) if node["isMinimized"] is not True)


def _nodes(connection: Mapping[str, Any]) -> list[Any]:
    return [node for node in connection["nodes"] or () if node is not None]


def _cut(connection: Mapping[str, Any]) -> bool:
    return connection["pageInfo"]["hasPreviousPage"] is not False
