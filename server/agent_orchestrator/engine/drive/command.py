"""Commands of the person's own that are run for a project: ``postCreate``, and the action ``run`` of reactions."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from agent_orchestrator.engine import events as e
from agent_orchestrator.engine.drive.context import Context, Driven
from agent_orchestrator.engine.drive.environment import base_env, process_env
from agent_orchestrator.engine.state import Reaction
from agent_orchestrator.model.config import Command
from agent_orchestrator.model.text import sanitize
from agent_orchestrator.proc import run
from agent_orchestrator.proc.logs import tail
from agent_orchestrator.proc.values import Finished, RunSpec

#: Seconds that the command of a reaction may take.
REACTION_SECONDS = 600.0


async def failure_of(
    context: Context,
    driven: Driven,
    command: Command,
    folder: Path,
    tree: Path,
    *,
    told: Mapping[str, str],
    tag: str,
    timeout: float,
) -> str:
    """Run a command in ``tree`` under a holder with the run directory ``folder``; the end of its output if it failed.

    One that a daemon before this began is taken up. ``timeout`` is in seconds.
    """
    environment = context.tools.environment(driven.main, tree, base_env(driven))
    spec = RunSpec(
        argv=context.tools.argv(command, environment.python),
        cwd=tree,
        env=process_env(driven, environment, tree, told),
        tag=tag,
        timeout=timeout,
    )
    await run.launch(folder, spec)
    end = await run.wait(folder)
    if isinstance(end, Finished) and end.exit.code == 0:
        return ""
    return sanitize(tail(folder / "log", 2000).decode(errors="replace")).strip() or str(end)


async def run_command(context: Context, reaction: Reaction) -> e.Reacted:
    """What a reaction runs, in the project's folder."""
    driven = context.driven(reaction.project)
    command = driven.reaction_commands.get(reaction.event)
    if command is None:
        return e.Reacted(context.now(), reaction.key, "it has no `command`", failed=True)
    name = hashlib.sha256(reaction.key.encode()).hexdigest()[:16]
    # Invariant: what others wrote is in variables and never in the command itself.
    told = {
        "AO_EVENT": reaction.event,
        "AO_PROJECT": reaction.project,
        "AO_SESSION": reaction.session,
        "AO_PULL": reaction.pull,
        "AO_HEAD": reaction.head,
        "AO_TEXT": sanitize(reaction.text)[:8000],
    }
    failure = await failure_of(
        context,
        driven,
        command,
        context.places.state / "reactions" / name,
        driven.main,
        told=told,
        tag=f"reaction-{name}",
        timeout=REACTION_SECONDS,
    )
    outcome = f"the command failed: {failure[-500:]}" if failure else "the command ran"
    return e.Reacted(context.now(), reaction.key, outcome, failed=bool(failure))
