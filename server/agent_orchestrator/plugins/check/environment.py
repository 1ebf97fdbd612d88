"""Which Python runs the checks of a tree, and how its imports are made to find that tree."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from agent_orchestrator.plugins.check.import_roots import import_roots
from agent_orchestrator.plugins.check.project_files import read_text
from agent_orchestrator.ports.check import Environment

_NAMES = (".venv", "venv", "env")


def environment(main: Path, tree: Path, environ: Mapping[str, str]) -> Environment:
    """The environment for ``tree``, a checkout of the repository whose main checkout is ``main``.

    An environment that was built inside the tree comes first. Else the main checkout's is used read-only, with the
    tree's import roots in front of everything it has installed. ``environ`` gives ``VIRTUAL_ENV`` and ``PATH``.
    """
    nodes = tuple(str(folder / "node_modules") for folder in dict.fromkeys((tree, main)))
    own = _environment_in(tree)
    if own is not None and (tree == main or not own.is_symlink()):
        why = f"{own.name} of the tree itself"
        return _made(own / "bin" / "python", why, _site_packages(own), nodes)
    home, why = _environment_in(main), "of the main checkout"
    if home is None and _is_environment(active := Path(environ.get("VIRTUAL_ENV") or "/nonexistent")):
        home, why = active, "named by VIRTUAL_ENV"
    if home is not None:
        python, sites = home / "bin" / "python", _site_packages(home)
        why = f"{home.name} {why}, read only"
    else:
        found = shutil.which("python3", path=environ.get("PATH", os.defpath))
        if found is None:
            problem = "There is no python3 on PATH and no .venv in the main checkout."
            return Environment("", (), (), "no Python was found", (problem,), node_modules=nodes)
        python, sites, why = Path(found), _base_site_packages(Path(found)), "python3 on PATH"
    if tree == main:
        return _made(python, why, sites, nodes)
    roots = import_roots(tree, main, sites)
    front = tuple(str(tree) if folder == "." else str(tree / folder) for folder in roots.folders)
    return _made(
        python, f"{why}, with {', '.join(roots.folders)} of the tree in front", sites, nodes, front, roots.problems
    )


def _made(
    python: Path,
    why: str,
    sites: tuple[Path, ...],
    nodes: tuple[str, ...],
    front: tuple[str, ...] = (),
    problems: tuple[str, ...] = (),
) -> Environment:
    return Environment(
        python=str(python),
        path_prefix=(str(python.parent),),
        pythonpath=front,
        why=why,
        problems=problems,
        site_packages=tuple(map(str, sites)),
        node_modules=nodes,
    )


def _is_environment(folder: Path) -> bool:
    return (folder / "pyvenv.cfg").is_file() and (folder / "bin" / "python").exists()


def _environment_in(checkout: Path) -> Path | None:
    return next((checkout / name for name in _NAMES if _is_environment(checkout / name)), None)


def _site_packages(home: Path) -> tuple[Path, ...]:
    """The site-packages of a virtual environment, and those of its base where it includes them."""
    own = tuple(sorted(home.glob("lib/python*/site-packages")))
    shares = re.search(r"(?mi)^include-system-site-packages\s*=\s*true", read_text(home / "pyvenv.cfg"))
    return (*own, *_base_site_packages(home / "bin" / "python")) if shares else own


def _base_site_packages(python: Path) -> tuple[Path, ...]:
    """Where an interpreter outside a virtual environment keeps installed packages, by the usual layouts."""
    prefix = Path(os.path.realpath(python)).parent.parent
    patterns = ("lib/python3*/site-packages", "lib/python3*/dist-packages", "local/lib/python3*/dist-packages")
    return tuple(path for pattern in patterns for path in sorted(prefix.glob(pattern)))
