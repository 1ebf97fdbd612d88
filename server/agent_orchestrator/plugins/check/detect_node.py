"""vitest, jest, eslint and tsc, by ``package.json``."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from agent_orchestrator.formats.matchers import ESLINT_STYLISH, TYPESCRIPT
from agent_orchestrator.plugins.check.project_files import Table, read_json, strings, table
from agent_orchestrator.ports.check import Detected

# `--no-install`: a check never downloads the tool that it judges with.
_RUN = "npx --no-install"


def detect_node(root: Path) -> Iterator[Detected]:
    """The checks of the package at ``root``. None of them watches."""
    package = read_json(root / "package.json")
    named = {name for key in ("dependencies", "devDependencies") for name in table(package.get(key))}
    if "vitest" in named:
        command = f"{_RUN} vitest run --reporter=default --reporter=junit --outputFile.junit={{report}}"
        yield Detected("vitest", command, "junit", "package.json names vitest")
    elif "jest" in named:
        yield _jest(named)
    if "eslint" in named:
        yield Detected("eslint", _eslint(package), "regex", "package.json names eslint", ESLINT_STYLISH)
    if "typescript" in named and (root / "tsconfig.json").is_file():
        why = "package.json names typescript, and there is tsconfig.json"
        yield Detected("tsc", f"{_RUN} tsc --noEmit --pretty false", "regex", why, TYPESCRIPT)


def _jest(named: set[str]) -> Detected:
    if "jest-junit" not in named:
        # jest has no machine-readable report of its own that is JUnit; its list of failed files is all there is.
        why = "package.json names jest; without jest-junit only whole files can be told apart"
        matcher = {"owner": "jest", "pattern": {"regexp": r"^FAIL\s+(?:\S+\s+)?(\S+\.[cm]?[jt]sx?)", "kind": "file"}}
        return Detected("jest", f"{_RUN} jest --ci --no-color", "regex", why, matcher)
    settings = "JEST_JUNIT_OUTPUT_FILE={report} JEST_JUNIT_ADD_FILE_ATTRIBUTE=true"
    command = f"{settings} {_RUN} jest --ci --reporters=default --reporters=jest-junit"
    return Detected("jest", command, "junit", "package.json names jest and jest-junit")


def _eslint(package: Table) -> str:
    """The arguments of the project's own ``lint`` script where it is eslint alone; errors only unless the script counts
    warnings; never ``--fix``.
    """
    script = next(
        (text for text in strings(list(table(package.get("scripts")).values())) if _is_eslint(text)), "eslint ."
    )
    arguments = [word for word in shlex.split(script)[1:] if word not in ("--fix", "--quiet", "--color", "--cache")]
    quiet = [] if any(word.startswith("--max-warnings") for word in arguments) else ["--quiet"]
    return f"{_RUN} {shlex.join(['eslint', *arguments, '--no-color', *quiet])}"


def _is_eslint(script: str) -> bool:
    return bool(re.fullmatch(r"eslint(?: [\w./@,=*{}'\"-]+)*", script)) and not re.search(
        r" (?:-f|--format|-o)\b", script
    )
