"""Pull requests as a person names them, looked at just now. A forge that can not be asked is a refusal, no wait."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from agent_orchestrator.daemon.app import App
from agent_orchestrator.daemon.hello import Client
from agent_orchestrator.engine import pull_events as p
from agent_orchestrator.engine.drive.forge import NoForge, scm_of
from agent_orchestrator.engine.drive.look import Looks, read_ci
from agent_orchestrator.engine.state import Project
from agent_orchestrator.model.forge import Forge
from agent_orchestrator.model.pull import Pull
from agent_orchestrator.model.watched import Watched, watched_key
from agent_orchestrator.net.answers import Trouble
from agent_orchestrator.ports.scm import Scm
from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.errors import Refused

_NUMBER = re.compile(r"[#!]?(\d{1,18})")
_PATH = re.compile(r"/(?P<repo>.+?)/(?:-/)?(?:pull|merge_requests)/(?P<number>\d{1,18})(?:/.*)?")


def scm(app: App, project: Project) -> Scm:
    """A project's forge. Raises Refused where it has none, or is not trusted: nothing is sent anywhere before that."""
    app.require_trust(project)
    app.driven(project.id)
    try:
        return scm_of(app.context, project.id)
    except NoForge as error:
        raise Refused(str(error)) from error


def answered(trouble: object) -> None:
    """Raises Refused with what is wrong, where it is trouble that a forge answers with."""
    if isinstance(trouble, Trouble):
        raise Refused(trouble.sentence)


def project_of(app: App, params: t.PullParams, client: Client) -> Project:
    """The project that a pull request is of: by its address or key, else as other commands find it. Raises Refused."""
    text = params.pull.strip()
    if not params.project:
        if text in app.state.pulls and app.state.pulls[text].project in app.state.projects:
            return app.state.projects[app.state.pulls[text].project]
        if "://" in text:
            there = [p for p in app.state.projects.values() if p.settings.forge and _number_at(text, p.settings.forge)]
            if len(there) == 1:
                return there[0]
    return app.project_of(client, params)


def known(app: App, project: Project, text: str) -> Watched | int:
    """A pull request that is followed, as a person names it; of another its number. Raises Refused where it is none."""
    text, forge = text.strip(), project.settings.forge
    if text in app.state.pulls and app.state.pulls[text].project == project.id:
        return app.state.pulls[text]
    match = _NUMBER.fullmatch(text)
    number = int(match[1]) if match else _number_at(text, forge) if forge else 0
    if not number:
        here = f"{forge.server}/{forge.path}" if forge else "none"
        raise Refused(
            f"{text!r} is no pull request of {project.id} (its forge: {here}); give its number or its address"
        )
    followed = (w for w in app.state.pulls.values() if w.project == project.id and w.pull is not None)
    return next((w for w in followed if w.pull is not None and w.pull.number == number), number)


async def named(app: App, project: Project, text: str) -> Watched:
    """A pull request as a person names it; one that was not followed is from now on. Raises Refused."""
    found = known(app, project, text)
    if isinstance(found, Watched):
        return found
    id = await scm(app, project).numbered(found)
    if isinstance(id, Trouble):
        raise Refused(id.sentence)
    key = watched_key(project.id, id)
    if key not in app.state.pulls:
        await app.engine.record(p.PullFollowed(app.context.now(), project.id, id))
    return app.state.pulls[key]


def _number_at(url: str, forge: Forge) -> int:
    """The number in an address of a pull request at this forge; 0: it is no such address."""
    try:
        parts, server = urlsplit(url), urlsplit(forge.server)
    except ValueError:
        return 0
    match = _PATH.fullmatch(parts.path)
    if match is None or parts.netloc.lower() != server.netloc.lower() or match["repo"].lower() != forge.path.lower():
        return 0
    return int(match["number"])


async def looked_at(app: App, watched: Watched) -> tuple[Watched, Pull]:
    """A pull request as it is at this moment. Raises Refused where that can not be had."""
    seen = await scm(app, app.state.projects[watched.project]).sweep({watched.id: watched.pull})
    answered(seen.trouble)
    pull = seen.pulls.get(watched.id)
    if pull is None or pull.stale:
        raise Refused(f"{watched.pull.url if watched.pull else watched.id} can not be seen at its forge")
    if pull != watched.pull:
        await app.engine.record(p.PullsSeen(app.context.now(), watched.project, (pull,)))
    return app.state.pulls.get(watched.key, watched), pull


async def with_reds(app: App, watched: Watched) -> Watched:
    """A pull request with why its checks failed, as far as that can be had. Raises Refused where that comes later."""
    project = app.state.projects[watched.project]
    looks = Looks()
    await read_ci(app.context, app.driven(project.id), scm(app, project), watched.key, looks)
    answered(looks.trouble)
    return app.state.pulls.get(watched.key, watched)
