"""What keeps forges from being looked at, and what a person can do about it."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from agent_orchestrator.engine.state import Project, State
from agent_orchestrator.model.forge import Forge
from agent_orchestrator.model.hosts import is_github_cloud


def forge_notice(project: Project) -> str:
    """Why a project's pull requests or issues can not be seen, and what to do; empty: they can."""
    if not (project.active and project.forge_trouble):
        return ""
    return f"{project.id}: its forge lets nothing be seen: {project.forge_trouble}"


def forge_notices(state: State, project: str = "") -> Iterator[str]:
    """Those of all projects, or of one."""
    for each in state.projects.values():
        if project in ("", each.id) and (said := forge_notice(each)):
            yield said


def remedy(project: Project, said: str, *, tracker: bool = False) -> str:
    """What to do where the forge, or the tracker, refuses what it is asked and ``said`` why."""
    settings = project.settings
    if tracker and settings.tracker is not None and settings.tracker.plugin == "linear":
        return "set LINEAR_API_KEY to a key that may see the team, and run any `ao` command in the project's folder"
    return sign_in(settings.forge, said) if settings.forge is not None else "see `scm` in the configuration"


def sign_in(forge: Forge, said: str = "") -> str:
    """How to get a credential that a forge takes, but for what was ``said`` of that already."""
    host = urlsplit(forge.server).netloc
    if forge.app is not None:
        return f"see `scm.app`: its id, its key ({forge.app.key}), and whether it is installed for {forge.path}"
    named = f" with {'GITLAB' if forge.plugin == 'gitlab' else 'GH'}_HOST={host}"
    if forge.plugin == "gitlab":
        program, variable = "glab", "GITLAB_TOKEN" + ("" if host == "gitlab.com" else named)
    elif is_github_cloud(host):
        program, variable = "gh", "GH_TOKEN"
    else:
        program, variable = "gh", f"GH_ENTERPRISE_TOKEN{named}"
    login = f"`{program} auth login --hostname {host}`"
    return f"or set {variable}" if login in said else f"{login}, or set {variable}"
