"""The first line of a connection: who the client is, where it stands, and the environment that it brings."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from typing import Any

from attrs import frozen

from agent_orchestrator.git.runner import LOCAL_ENV_VARS
from agent_orchestrator.proc.shim import files as shim
from agent_orchestrator.protocol.caller import Client
from agent_orchestrator.protocol.framing import PROTOCOL

__all__ = ("Client", "HelloInfo", "client_environment", "read_hello")

_KIND = re.compile(r"[a-z][a-z0-9-]{0,31}")

#: Variables that describe the client's terminal, editor, interpreter or run, and would mislead an agent or a check.
_DROPPED = frozenset(
    {
        *LOCAL_ENV_VARS,
        "PYTHONPATH",
        "PYTHONHOME",
        "PYTHONEXECUTABLE",
        "__PYVENV_LAUNCHER__",
        "COLUMNS",
        "LINES",
        "PWD",
        "OLDPWD",
        "SHLVL",
        "_",
        "AO_RUN",
        "AO_SESSION",
        "AO_PROJECT",
        "AO_TASK_FILE",
        shim.VARIABLE,
    }
)
_DROPPED_PREFIXES = ("TMUX", "VSCODE_", "ELECTRON_", "GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_", "BASH_FUNC_")


@frozen
class HelloInfo:
    """What the daemon says of itself. The client decides whether it is newer and wants to take over."""

    version: str
    pid: int

    def reply(self) -> dict[str, Any]:
        """The answer to an accepted hello."""
        return {"ao": PROTOCOL, "version": self.version, "pid": self.pid}


def read_hello(line: bytes) -> Client | str:
    """The client that a hello line introduces, or why it is refused, as a sentence."""
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return "the hello is no line of JSON"
    if not isinstance(said, dict):
        return "the hello must be a JSON object"
    if said.get("ao") != PROTOCOL or isinstance(said["ao"], bool):
        return f"this daemon speaks protocol {PROTOCOL}; the client asked for {str(said.get('ao'))[:40]}"
    kind, cwd, version = (said.get(key) for key in ("client", "cwd", "version"))
    if not (isinstance(kind, str) and _KIND.fullmatch(kind)):
        return "the hello's `client` must be a short lower-case word"
    if not (isinstance(version, str) and 0 < len(version) <= 100):
        return "the hello's `version` must be a short string"
    if not (isinstance(cwd, str) and cwd.startswith("/") and "\0" not in cwd):
        return "the hello's `cwd` must be an absolute path"
    env = said.get("env")
    if not isinstance(env, dict) or not all(_is_variable(name, value) for name, value in env.items()):
        return "the hello's `env` must map names to strings, as execve(2) takes them"
    return Client(kind, cwd, client_environment(env), version)


def client_environment(env: Mapping[str, str]) -> dict[str, str]:
    """An environment without what belongs to the client's terminal, editor, interpreter or git operation alone.

    An agent may be a client too: what stands before the forge's programs in its session is for that session alone.
    """
    kept = {
        name: value for name, value in env.items() if name not in _DROPPED and not name.startswith(_DROPPED_PREFIXES)
    }
    if shim.VARIABLE in env and "PATH" in kept:
        own = os.path.join(env[shim.VARIABLE], shim.BIN)
        kept["PATH"] = os.pathsep.join(folder for folder in kept["PATH"].split(os.pathsep) if folder != own)
    return kept


def _is_variable(name: str, value: Any) -> bool:
    return isinstance(value, str) and bool(name) and "=" not in name and "\0" not in name and "\0" not in value
