"""A problem in a configuration file, with its place."""

from __future__ import annotations

from attrs import frozen

from agent_orchestrator.config.nodes import Node
from agent_orchestrator.model.config_problem import Code, KeyPath, Problem, Severity, dotted


@frozen(kw_only=True)
class Diagnostic:
    """One thing to know about a configuration file.

    ``line`` and ``column`` count from 1, columns in code points; ``end_line`` and ``end_column`` stand just behind the
    text that is meant. ``path`` is where the key stands, ``key`` the same as ``ao config set`` takes it.
    """

    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    severity: Severity
    code: Code
    path: KeyPath
    message: str
    found: str = ""
    allowed: str = ""
    suggestion: str = ""

    @property
    def key(self) -> str:
        """The dotted key, or the empty string for the file as a whole."""
        return dotted(self.path)

    def __str__(self) -> str:
        """One line for a person: place, severity, key, what is wrong, found, allowed, what to do."""
        return f"{self.file}:{self.line}:{self.column}: {self.severity}: {self.sentence}"

    @property
    def sentence(self) -> str:
        """The line without the place, for where that is shown otherwise."""
        about = f"{self.key}: " if self.path else ""
        details = (("found ", self.found), ("allowed: ", self.allowed), ("try ", self.suggestion))
        return about + "; ".join((self.message, *(label + text for label, text in details if text)))


def at_node(file: str, node: Node, problem: Problem) -> Diagnostic:
    """The diagnostic for a problem at a node; ``problem.path`` is taken as the whole path."""
    start, end = node.start_mark, node.end_mark
    if end.line != start.line:
        # Collections and block text end where the next thing starts; their first line is what a person looks at.
        end_line, end_column = start.line, start.column + 1
    else:
        end_line, end_column = end.line, end.column
    return Diagnostic(
        file=file,
        line=start.line + 1,
        column=start.column + 1,
        end_line=end_line + 1,
        end_column=end_column + 1,
        severity=problem.severity,
        code=problem.code,
        path=problem.path,
        message=problem.message,
        found=problem.found,
        allowed=problem.allowed,
        suggestion=problem.suggestion,
    )
