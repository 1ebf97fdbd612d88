"""The folders of a project that its imports start at.

Read are the tables of setuptools, hatch, poetry, PDM, flit and uv, and what an editable install left in site-packages:
``.pth`` and ``.egg-link`` lines, and the ``MAPPING`` of setuptools' ``__editable___*_finder.py``.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from attrs import frozen

from agent_orchestrator.plugins.check.project_files import at, read_ini, read_text, read_toml, strings, table


@frozen
class ImportRoots:
    """Folders relative to the project (``.`` is the project itself), and sentences on what no folder can express."""

    folders: tuple[str, ...]
    problems: tuple[str, ...] = ()


def import_roots(tree: Path, main: Path, site_packages: tuple[Path, ...]) -> ImportRoots:
    """The import roots of ``tree``: by its own configuration, and by what is installed from the ``main`` checkout.

    The tree itself is a root only in a flat layout: when nothing else is, or when an editable install says so.
    """
    installed, problems = _installed(main, site_packages)
    told = [*_configured(tree), *installed]
    folders = [folder for folder in dict.fromkeys(map(_tidy, told)) if folder and (tree / folder).is_dir()]
    if not folders and (tree / "src").is_dir() and not (tree / "src" / "__init__.py").exists():
        folders = ["src"]
    return ImportRoots(tuple(folders or ["."]), tuple(problems))


def _tidy(folder: str) -> str:
    """The folder in its shortest form; empty when it leads out of the project."""
    path = PurePosixPath(os.path.normpath(folder or "."))
    return "" if path.is_absolute() or ".." in path.parts else str(path)


def _configured(tree: Path) -> Iterator[str]:
    pyproject = read_toml(tree / "pyproject.toml")
    tool = table(pyproject.get("tool"))
    setuptools = table(tool.get("setuptools"))
    yield from _package_dirs({name: str(folder) for name, folder in table(setuptools.get("package-dir")).items()})
    yield from strings(at(setuptools, "packages", "find", "where"))
    for target in (at(tool, "hatch", "build", "targets", "wheel"), at(tool, "hatch", "build")):
        yield from (str(PurePosixPath(package).parent) for package in strings(at(target, "packages")))
        yield from strings(at(target, "sources"))
    yield from strings(at(tool, "hatch", "build", "dev-mode-dirs"))
    packages = at(tool, "poetry", "packages")
    for package in packages if isinstance(packages, list) else []:
        yield str(at(package, "from") or ".")
    if isinstance(folder := at(tool, "pdm", "build", "package-dir"), str):
        yield folder
    if "uv_build" in str(at(pyproject, "build-system", "build-backend")):
        root = at(tool, "uv", "build-backend", "module-root")
        yield root if isinstance(root, str) else "src"
    setup = read_ini(tree / "setup.cfg")
    if setup.has_option("options", "package_dir"):
        lines = setup.get("options", "package_dir").splitlines()
        yield from _package_dirs({n.strip(): f.strip() for n, eq, f in (line.partition("=") for line in lines) if eq})
    if setup.has_option("options.packages.find", "where"):
        yield from setup.get("options.packages.find", "where").split()


def _package_dirs(mapping: dict[str, str]) -> Iterator[str]:
    """setuptools' package_dir: the root's folder under the empty name, a package's own folder under its name."""
    for name, folder in mapping.items():
        if not name:
            yield folder
        elif PurePosixPath(folder).name == name.rpartition(".")[2]:
            yield str(PurePosixPath(folder).parents[min(name.count("."), len(PurePosixPath(folder).parents) - 1)])


def _installed(main: Path, site_packages: tuple[Path, ...]) -> tuple[list[str], list[str]]:
    """Folders below ``main`` that site-packages points at, and what can not be put on a path."""
    folders: list[str] = []
    problems: list[str] = []
    for site in site_packages:
        for link in sorted([*site.glob("*.pth"), *site.glob("*.egg-link")]):
            lines = [line.strip() for line in read_text(link).splitlines()]
            folders += [found for line in lines if line.startswith("/") and (found := _below(main, line)) is not None]
        for finder in sorted(site.glob("__editable__*finder.py")):
            for name, target in _finder_mapping(read_text(finder)).items():
                found = _below(main, target)
                if found is None:
                    continue
                *parents, last = name.split(".")
                path = PurePosixPath(found)
                if path.name.removesuffix(".py") != last or len(path.parts) <= len(parents):
                    problems.append(
                        f"{finder.name} maps the package {name} to {found}, which no import path can express."
                    )
                else:
                    folders.append(str(path.parents[len(parents)]))
    return folders, problems


def _below(main: Path, target: str) -> str | None:
    """``target`` relative to ``main``; None when it lies elsewhere."""
    relative = os.path.relpath(os.path.realpath(target), os.path.realpath(main))
    return None if relative == ".." or relative.startswith("../") else relative


def _finder_mapping(source: str) -> dict[str, str]:
    """The literal ``MAPPING`` of a finder module, read and not executed."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    for statement in body:
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == "MAPPING" for target in targets):
            try:
                value = ast.literal_eval(getattr(statement, "value", None) or "{}")
            except (ValueError, TypeError, SyntaxError):
                return {}
            return {name: target for name, target in table(value).items() if isinstance(target, str)}
    return {}
