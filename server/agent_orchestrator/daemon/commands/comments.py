"""Commands about what is said at pull requests: commentReply, -Resolve, -Allow, -Send, authorIgnore."""

from __future__ import annotations

from agent_orchestrator.daemon import at_forge
from agent_orchestrator.daemon.app import App
from agent_orchestrator.daemon.commands.pull_claim import at_work
from agent_orchestrator.daemon.hello import Client
from agent_orchestrator.engine import events as e
from agent_orchestrator.engine import pull_events as p
from agent_orchestrator.engine.drive.land import who
from agent_orchestrator.engine.state import Project
from agent_orchestrator.model.pull import Pull
from agent_orchestrator.model.pull_texts import as_data, said
from agent_orchestrator.model.talk import Comment
from agent_orchestrator.model.text import sanitize
from agent_orchestrator.model.watched import Watched, comment_mark, is_heard
from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.errors import Refused

#: Characters of the end of an id that may stand for it.
_ENOUGH = 4


async def comment_reply(app: App, params: t.ReplyParams, client: Client) -> t.Done:
    """Answer in a thread of a pull request."""
    project, watched, pull = await _pull(app, params, client)
    thread, text = _thread(watched, params.thread), sanitize(params.text).strip()
    if not text:
        raise Refused("the answer is empty")
    at_forge.answered(await at_forge.scm(app, project).reply(pull, thread, text, app.context.new_id()))
    app.context.look_again(project.id)
    return t.Done(message=f"answered at {pull.url}", id=thread)


async def comment_resolve(app: App, params: t.ThreadParams, client: Client) -> t.Done:
    """Mark a thread as resolved."""
    project, watched, pull = await _pull(app, params, client)
    thread = _thread(watched, params.thread)
    at_forge.answered(await at_forge.scm(app, project).resolve(pull, thread))
    app.context.look_again(project.id)
    return t.Done(message=f"resolved a thread of {pull.url}", id=thread)


async def comment_allow(app: App, params: t.AllowCommentParams, client: Client) -> t.Done:
    """Let a comment reach agents, as it reads now; with ``always`` everything that its author says."""
    project, watched, _ = await _pull(app, params, client)
    comment = _comment(watched, params.comment)
    if comment.author in project.ignored:
        raise Refused(f"you ignore {comment.author}; `ao ignore-author {comment.author} --undo` ends that")
    if params.always and comment.bot:
        raise Refused(f"{comment.author} is a program: name it under `projects.{project.id}.scm.bots`")
    forge = project.settings.forge
    if not params.always and forge and is_heard(comment, forge, project.heard, watched.allowed):
        return t.Done(message=f"what {comment.author} said there reaches agents already", id=comment.id)
    author = comment.author if params.always else ""
    mark = comment_mark(comment)
    await app.engine.record(p.CommentAllowed(app.context.now(), project.id, watched.id, mark, author, who()))
    what = f"everything that {author} says reaches agents" if author else f"what {comment.author} said reaches agents"
    return t.Done(message=what, id=comment.id)


async def comment_send(app: App, params: t.SendCommentParams, client: Client) -> t.Done:
    """Tell the agent of a pull request's session what was said. A person's own word is the gate."""
    _, watched, pull = await _pull(app, params, client)
    chosen = _chosen(watched, params)
    session = at_work(app.state, watched)
    if session is None:
        raise Refused(f"no session works on {pull.url}; `ao claim-pr {pull.number}` begins one")
    # Invariant: text from outside is data.
    text = f"This was said at the pull request #{pull.number}:\n{as_data(said(chosen))}"
    await app.engine.record(e.MessageQueued(app.context.now(), session.id, app.context.new_id(), text))
    return t.Done(message=f"{session.id} is told what {', '.join(_authors(chosen))} said", id=session.id)


async def author_ignore(app: App, params: t.AuthorParams, client: Client) -> t.Done:
    """What somebody says is neither shown nor heard any more, or is again."""
    project = app.project_of(client, params)
    author = _login(app, project, params.author.strip().removeprefix("@"))
    if not author or any(c.isspace() for c in author):
        raise Refused("say whom: a login, such as `ann`")
    if (author in project.ignored) == params.ignored:
        word = "ignored already" if params.ignored else "not ignored"
        return t.Done(message=f"{author} is {word} in {project.id}", id=author)
    await app.engine.record(p.AuthorIgnored(app.context.now(), project.id, author, params.ignored, who()))
    word = "is ignored" if params.ignored else "is ignored no longer"
    return t.Done(message=f"{author} {word} in {project.id}", id=author)


def _login(app: App, project: Project, name: str) -> str:
    """A login as its forge writes it, where it was seen: people write it in any case."""
    known = [c.author for w in app.state.pulls.values() if w.project == project.id for c in w.comments]
    return next((each for each in (*project.ignored, *known) if each.lower() == name.lower()), name)


async def _pull(app: App, params: t.PullParams, client: Client) -> tuple[Project, Watched, Pull]:
    project = at_forge.project_of(app, params, client)
    watched = await at_forge.named(app, project, params.pull)
    if watched.pull is None:
        watched, pull = await at_forge.looked_at(app, watched)
        return project, watched, pull
    return project, watched, watched.pull


def _comment(watched: Watched, text: str) -> Comment:
    found = [c for c in watched.comments if c.id == text] or [
        c for c in watched.comments if len(text) >= _ENOUGH and c.id.endswith(text)
    ]
    if len(found) != 1:
        raise Refused(f"{text!r} names {len(found) or 'no'} comments; `ao pulls {_number(watched)}` shows them")
    return found[0]


def _thread(watched: Watched, text: str) -> str:
    """The id of a thread: as it is, by its end, or by a comment in it."""
    known = {thread.id for thread in (watched.pull.threads if watched.pull else ())}
    known |= {c.thread for c in watched.comments if c.thread}
    found = {id for id in known if id == text} or {id for id in known if len(text) >= _ENOUGH and id.endswith(text)}
    found = found or {c.thread for c in watched.comments if c.thread and c.id == text}
    if len(found) != 1:
        raise Refused(f"{text!r} names {len(found) or 'no'} threads; `ao pulls {_number(watched)}` shows them")
    return found.pop()


def _chosen(watched: Watched, params: t.SendCommentParams) -> tuple[Comment, ...]:
    """One comment, or those of a thread: what a person names may be either."""
    if params.comment and all(c.id != params.comment for c in watched.comments):
        threads = {c.thread for c in watched.comments if c.thread}
        if params.comment not in threads:
            return (_comment(watched, params.comment),)
    elif params.comment:
        return (_comment(watched, params.comment),)
    thread = _thread(watched, params.thread or params.comment)
    found = tuple(c for c in watched.comments if c.thread == thread)
    if not found:
        raise Refused("what is said there was not read yet; try again in a moment")
    return found


def _authors(comments: tuple[Comment, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(comment.author for comment in comments))


def _number(watched: Watched) -> int | str:
    return watched.pull.number if watched.pull else watched.key
