"""``Claim``: name a task, and make the session that owns it, before anything is spawned."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from attrs import frozen

from agent_orchestrator.engine import derive
from agent_orchestrator.engine import events as e
from agent_orchestrator.engine.drive.context import Context, Driven
from agent_orchestrator.engine.due import Claim
from agent_orchestrator.engine.state import Failure
from agent_orchestrator.git.repository import resolve
from agent_orchestrator.model.report import Kind

NAME_LENGTH = 40


@frozen
class Names:
    """The names of one session, free in the journal, in git and on disk."""

    id: str
    name: str
    branch: str
    path: Path


async def claim(context: Context, effect: Claim) -> None:
    """Carry out a :class:`Claim`. Nothing happens when somebody owns the failures by now."""
    project = context.project(effect.project)
    driven = context.driven(effect.project)
    hunt = context.state.hunts[effect.hunt]
    async with context.lock(f"names:{effect.project}"):
        failures = tuple(context.state.failures[s] for s in effect.signatures)
        taken = any(derive.owner(context.state, effect.project, f.item) for f in failures)
        if taken or project.target is None or any(f.settled for f in failures):
            await context.record()
            return
        title = title_of(failures)
        names = await free_names(context, driven, title)
        await context.record(
            e.SessionClaimed(
                context.now(),
                session=names.id,
                project=effect.project,
                name=names.name,
                title=title,
                prompt="",  # Each turn makes it of the failures.
                agent=hunt.agent or project.settings.agent,
                runtime=project.settings.runtime,
                branch=names.branch,
                base=project.target.commit,
                base_tree=project.target.tree,
                path=str(names.path),
                hunt=effect.hunt,
                failures=effect.signatures,
                items=tuple(dict.fromkeys(f.item for f in failures)),
            )
        )


def title_of(failures: tuple[Failure, ...]) -> str:
    """A short title: ``Fix test_total (tests/test_cart.py)``, ``Fix F401 in src/cart.py``."""
    first = failures[0].finding
    more = f" and {len(failures) - 1} more" if len(failures) > 1 else ""
    if first.kind is Kind.LINT:
        return f"Fix {first.rule or first.key} in {first.path}"
    if first.kind is Kind.TOP:
        return f"Make {first.key or failures[0].item.check} run again{more}"
    name = first.key.rpartition("::")[2].partition("[")[0]
    return f"Fix {name} ({failures[0].item.path}){more}"


def slug(title: str) -> str:
    """A title as a name: lower case, words joined by ``-``, at most 40 characters."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return words[:NAME_LENGTH].rstrip("-") or "task"


async def free_names(context: Context, driven: Driven, title: str, *, name: str = "", branch: str = "") -> Names:
    """Names for a new session; a number is added where one is taken. Call it under the project's ``names`` lock."""
    wanted = slug(name or title)
    folder = Path(driven.config.worktree_dir)
    folder = folder if folder.is_absolute() else driven.main / folder
    number = 1
    while True:
        unique = wanted if number == 1 else f"{wanted}-{number}"
        id = f"{driven.id}-{unique}"
        names = Names(id, unique, branch or f"ao/{id}", folder / unique)
        used = id in context.state.sessions or names.path.exists()
        if not used and (branch or await resolve(driven.repo, f"refs/heads/{names.branch}") is None):
            return names
        number += 1
