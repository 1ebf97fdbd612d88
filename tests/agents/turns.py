"""One turn of an agent's program as the adapter launches it: shared by the tests and the recorder."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from agent_orchestrator.model.text import sanitize
from agent_orchestrator.ports.agent import Agent, Bench, Launch, Task, Told

PROMPT = "Make add add, résumé 漢字 🎉."


@frozen
class Turn:
    """What came of a turn. ``output`` is what a log would have: what the program said on both streams."""

    launch: Launch
    output: str
    code: int
    told: Told


def scripted(text: str, steps: Sequence[Mapping[str, Any]]) -> str:
    """A prompt with a script for the model."""
    return f"{text}\nMOCK{json.dumps(list(steps))}"


def task_of(prompt: str = PROMPT, feedback: str = "", **more: Any) -> Task:
    """What the agent is told."""
    return Task(id="s1", project="p", title="Fix add", prompt=prompt, attempt=1, feedback=feedback, **more)


def bench_of(place: Any, conversation: str = "", checks: Sequence[tuple[str, ...]] = ()) -> Bench:
    """Where the agent works: the place's worktree."""
    folder = place.home / "session"
    folder.mkdir(exist_ok=True)
    return Bench(
        tree=place.tree,
        main=place.main,
        git_dir=place.main / ".git",
        folder=folder,
        python="python3",
        session="s1",
        conversation=conversation,
        checks=tuple(checks),
    )


def turn(place: Any, agent: Agent, task: Task, bench: Bench) -> Turn:
    """Run one turn."""
    launch = agent.launch(task, bench, place.home / "task.json")
    for path, text in launch.files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    ended = place.run(list(launch.argv), launch.env, launch.stdin)
    output = ended.stderr + ended.stdout
    return Turn(launch, output, ended.returncode, agent.told(sanitize(output), ended.returncode))


def run(place: Any, agent: Agent, prompt: str, conversation: str = "", **more: Any) -> Turn:
    """Run a first turn with this prompt, or a later one that is told it."""
    return turn(place, agent, task_of(prompt, prompt if conversation else "", **more), bench_of(place, conversation))
