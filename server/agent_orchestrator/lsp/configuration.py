"""``agent-orchestrator.yaml`` in the editor: what is wrong in it, as it is typed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from lsprotocol.types import DiagnosticSeverity

from agent_orchestrator.config.diagnostic import Diagnostic
from agent_orchestrator.lsp.texts import Texts
from agent_orchestrator.model.config import FILE_NAMES
from agent_orchestrator.model.config_problem import Severity
from agent_orchestrator.protocol.lsp import CONFIG_SOURCE

_SEVERITY = {
    Severity.ERROR: int(DiagnosticSeverity.Error),
    Severity.WARNING: int(DiagnosticSeverity.Warning),
}


def is_configuration(path: str) -> bool:
    """Is it a file that holds our configuration, by its name?"""
    return Path(path).name in FILE_NAMES


def files_above(folder: str) -> Iterator[str]:
    """The configuration files in a folder or above it, the nearest first."""
    for place in (Path(folder), *Path(folder).parents):
        for name in FILE_NAMES:
            if os.path.isfile(place / name):
                yield str(place / name)


def diagnostics_of(path: str, diagnostics: Iterable[Diagnostic], texts: Texts) -> list[dict[str, Any]]:
    """What is wrong in a configuration text, for the client."""
    made = []
    for found in diagnostics:
        line, last_line = max(found.line - 1, 0), max(found.end_line - 1, 0)
        start, end = texts.span(path, line, found.column, found.end_column if last_line == line else 0)
        made.append(
            {
                "range": {"start": {"line": line, "character": start}, "end": {"line": line, "character": end}},
                "severity": _SEVERITY.get(found.severity, int(DiagnosticSeverity.Information)),
                "code": found.code.value,
                "source": CONFIG_SOURCE,
                "message": found.sentence,
            }
        )
    return made
