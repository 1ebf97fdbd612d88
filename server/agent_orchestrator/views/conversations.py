"""What reviewers of followed pull requests say on lines, and is not resolved, at the lines of the checkout."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from agent_orchestrator.engine import derive
from agent_orchestrator.engine.state import Project, State
from agent_orchestrator.model.external.text import link
from agent_orchestrator.model.placing import Placement
from agent_orchestrator.model.pull import Pull, Thread
from agent_orchestrator.model.talk import Comment
from agent_orchestrator.model.text import cap
from agent_orchestrator.model.watched import Watched, held
from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.lsp import REVIEW_SOURCE
from agent_orchestrator.views.placements import Placements
from agent_orchestrator.views.pulls import comment_rows

#: Characters of the first word of a conversation, and of each answer, in a message.
_FIRST, _ANSWER = 600, 200


def threads(state: State, project: Project, placements: Placements) -> Iterator[t.ThreadRow]:
    """The conversations of a project's open pull requests, where there is something to read in them."""
    for watched in derive.pulls_of(state, project.id):
        pull = watched.pull
        open_ones = [thread for thread in pull.threads if not thread.resolved] if pull and watched.open else []
        placement = placements.of(watched)
        if pull is None or not open_ones or placement.waits:
            continue
        said: dict[str, list[t.CommentRow]] = {}
        for comment in comment_rows(state, watched):
            if comment.text.strip():
                said.setdefault(comment.thread, []).append(comment)
        for thread in open_ones:
            if thread.id in said:
                yield _row(state, watched, pull, thread, said[thread.id], placement)


def unheard(project: Project, watched: Watched) -> Iterator[Comment]:
    """The comments of a pull request that a person is asked about, because their authors may not write.

    Those of programs are not meant: which of them are heard is configured. Nor is what is settled.
    """
    forge = project.settings.forge
    if forge is None:
        return
    resolved = {thread.id for thread in watched.pull.threads if thread.resolved} if watched.pull else set()
    for comment in held(watched, forge, project.heard, project.ignored):
        if not comment.bot and comment.thread not in resolved:
            yield comment


def review_rows(rows: Iterable[t.ThreadRow]) -> Iterator[t.FailureRow]:
    """Conversations as what is shown in files beside what is red."""
    for row in rows:
        first = row.comments[0]
        waits = next((comment for comment in row.comments if comment.id == row.held), None)
        yield t.FailureRow(
            id=f"{row.pull}/{row.thread}",
            project=row.project,
            check=f"{REVIEW_SOURCE}{first.author}",
            key=row.thread,
            kind="review",
            rule="",
            path=row.path,
            line=row.line,
            message=_message(row.comments),
            state="open",
            reason=f"@{waits.author} is held: no write access" if waits else "",
            session=row.session,
            url=link(first.url),
            seen_at=row.seen_at,
            stale=row.stale,
            pull=row.pull,
            number=row.number,
            comment=row.held,
            author=waits.author if waits else first.author,
        )


def _message(comments: Sequence[t.CommentRow]) -> str:
    first, *answers = comments
    lines = [cap(first.text.strip(), _FIRST)]
    lines += [f"@{answer.author}: {cap(answer.text.strip(), _ANSWER)}" for answer in answers]
    return "\n".join(lines)


def _row(
    state: State,
    watched: Watched,
    pull: Pull,
    thread: Thread,
    comments: Sequence[t.CommentRow],
    placement: Placement,
) -> t.ThreadRow:
    place = placement.of(thread.path, thread.line)
    session = state.sessions.get(watched.session)
    return t.ThreadRow(
        project=watched.project,
        pull=watched.key,
        number=pull.number,
        thread=thread.id,
        path=place.path,
        line=place.line,
        # What an outdated one was about is not there any more; else one without a line is about the file.
        stale=place.stale or (thread.outdated and not place.line),
        seen_at=place.seen_at,
        held=next((comment.id for comment in reversed(comments) if not comment.heard), ""),
        session=session.id if session and not session.closed else "",
        comments=tuple(comments),
    )
