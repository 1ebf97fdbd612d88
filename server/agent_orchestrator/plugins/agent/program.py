"""The program of an agent: which one, and whether it is there."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agent_orchestrator.model.config import AgentConfig


def program_words(command: str | tuple[str, ...] | None, default: str) -> tuple[str, ...]:
    """What starts the program: the configured command, or its own name."""
    words = shlex.split(command) if isinstance(command, str) else (command or (default,))
    return (str(Path(words[0]).expanduser()), *words[1:]) if words else (default,)


def given(config: AgentConfig | None) -> dict[str, Any]:
    """What every adapter is made with, from its configuration; nothing: its own defaults."""
    if config is None:
        return {}
    return {
        "command": config.command,
        "args": config.args,
        "env": config.env,
        "name": config.name,
        "model": config.model or "",
        "permissions": config.permissions,
        "channel": config.channel or "",
    }


def not_found(name: str, words: tuple[str, ...], environ: Mapping[str, str], install: str) -> str | None:
    """In a sentence, that the program of agent ``name`` is not on PATH and how to get it; None when it is there."""
    if shutil.which(words[0], path=environ.get("PATH")):
        return None
    return f"agent {name!r}: {words[0]} was not found; {install}"


def home(environ: Mapping[str, str]) -> Path:
    """The home folder that a program with this environment has."""
    return Path(environ.get("HOME") or Path.home())


def any_set(environ: Mapping[str, str], *names: str) -> bool:
    """Does one of these variables have a value? A name that begins with ``*`` is the end of names."""
    return any(
        value and (key == name or (name.startswith("*") and key.endswith(name[1:])))
        for key, value in environ.items()
        for name in names
    )


def no_command(prompt: str) -> str:
    """A prompt that no program takes for one of its own commands: those begin with a sign."""
    return f"Task:\n{prompt}" if prompt.lstrip()[:1] in ("/", "!", "?", "#", "@", "$") else prompt
