"""The environment that a project's processes get, and the digest of everything that could change a gate's result."""

from __future__ import annotations

import hashlib
import json
import locale
import os
import platform
import shutil
from collections.abc import Mapping
from pathlib import Path

from agent_orchestrator import __version__
from agent_orchestrator.engine.drive.context import Context, Driven
from agent_orchestrator.ports.check import Environment, ResolvedCheck

#: What a process may not inherit: bytecode settings hide a stale or a missing ``.pyc``, the rest names other trees.
_DROPPED = ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PYTEST_ADDOPTS", "OLDPWD")


def base_env(driven: Driven) -> dict[str, str]:
    """The client's environment with the project's own variables, and without what would point elsewhere."""
    kept = {name: value for name, value in driven.env.items() if name not in _DROPPED}
    kept.setdefault("PATH", os.defpath)
    return {**kept, **driven.config.env}


def process_env(driven: Driven, environment: Environment, tree: Path, extra: Mapping[str, str]) -> dict[str, str]:
    """The complete environment of a process that works on ``tree``."""
    env = {**base_env(driven), **extra}
    env["PATH"] = os.pathsep.join([*environment.path_prefix, env["PATH"]])
    if environment.pythonpath:
        env["PYTHONPATH"] = os.pathsep.join(environment.pythonpath)
    env["PWD"] = str(tree)
    return env


def gate_digest(context: Context, driven: Driven) -> str:
    """SHA-256 over project, commands, declared environment, interpreter, installed packages, included files, versions.

    With the tree it is the key of evidence. The text of ``PATH``, the user and the slot's path are not part of it.
    """
    environment = context.tools.environment(driven.main, driven.main, base_env(driven))
    value = {
        "version": __version__,
        # Its findings carry the project's own signatures: another clone of the repository proves for itself.
        "project": driven.id,
        "checks": [_check(context, driven, check, environment) for check in driven.gate],
        "setup": driven.config.landing.setup,
        "env": sorted(driven.config.env.items()),
        "installed": context.tools.fingerprint(environment),
        "include": _files(driven),
        "platform": [platform.system(), platform.machine(), platform.libc_ver(), locale.getlocale()],
        "settings": [driven.env.get(name, "") for name in ("LANG", "LC_ALL", "TZ")],
    }
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:32]


def _check(context: Context, driven: Driven, check: ResolvedCheck, environment: Environment) -> list[object]:
    argv = context.tools.argv(check.command, environment.python)
    path = os.pathsep.join([*environment.path_prefix, base_env(driven)["PATH"]])
    program = shutil.which(argv[0], path=path) if argv else None
    status = os.stat(program) if program else None
    return [
        check.id, check.command, check.format, check.pattern, check.rerun, check.timeout, sorted(check.env.items()),
        [status.st_size, status.st_mtime_ns] if status else None,
    ]  # fmt: skip


def _files(driven: Driven) -> list[object]:
    found: list[object] = []
    for pattern in (*driven.config.include, *driven.config.symlinks):
        for path in sorted(driven.main.glob(pattern)) if not pattern.startswith(("/", "!")) else ():
            if path.is_file():
                found.append([pattern, hashlib.sha256(path.read_bytes()).hexdigest()])
    return found
