"""``agent-orchestrator.yaml`` in one client: what is asked about it, and what is known of the world around it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsprotocol import types as lsp

from agent_orchestrator.config.diagnostic import Diagnostic
from agent_orchestrator.config.language import about, complete, shape
from agent_orchestrator.config.language.fix import fixes
from agent_orchestrator.config.language.format import format_changes
from agent_orchestrator.config.language.known import Known, Repo
from agent_orchestrator.config.language.world import world_diagnostics
from agent_orchestrator.config.load import Loaded, load_text
from agent_orchestrator.engine import derive
from agent_orchestrator.engine.state import Project
from agent_orchestrator.git.branches import branches
from agent_orchestrator.git.problem import Problem
from agent_orchestrator.git.repository import discover
from agent_orchestrator.lsp import configuration, configuration_shapes
from agent_orchestrator.lsp.actions import Action, is_wanted
from agent_orchestrator.lsp.folders import is_inside
from agent_orchestrator.lsp.programs import Programs
from agent_orchestrator.lsp.sheets import markdown
from agent_orchestrator.protocol.errors import Refused
from agent_orchestrator.protocol.lsp import SHOW_SESSIONS

if TYPE_CHECKING:
    from agent_orchestrator.lsp.connection import Connection


class Configured:
    """The configuration files of one client."""

    def __init__(self, connection: Connection) -> None:
        self._c = connection
        self._others_complete = False
        self._programs = Programs(connection.client.env)
        #: Folder of a project → its repository, as it was when its configuration was last opened, saved or asked about.
        self._repos: dict[str, Repo] = {}

        #: The text that was read last: one edit asks for it more than once.
        self._read: tuple[str, str, Loaded] | None = None

    def begin(self, options: Any) -> None:
        """Read what the client wants: with ``{"configuration": {"schema": true}}`` another server has the schema."""
        wanted = options.get("configuration") if isinstance(options, dict) else None
        self._others_complete = isinstance(wanted, dict) and wanted.get("schema") is True

    # What is known

    def look_around(self, path: str) -> None:
        """A file was opened or saved: look at the repositories that it names, and say what that changes."""
        self._c.run(self._look(path))

    async def _look(self, path: str) -> None:
        before = dict(self._repos)
        for folder in self._folders(path).values():
            repo = await discover(Path(folder), env=dict(self._c.client.env) or None)
            if isinstance(repo, Problem):
                self._repos.pop(folder, None)
            else:
                self._repos[folder] = Repo(branches=await branches(repo), head=repo.branch or "")
        if self._repos != before:
            self._c.show_configuration(path)

    def _folders(self, path: str) -> dict[str, str]:
        """Project → its folder, as the text has them."""
        return {project.id: str(project.path) for project in self._loaded(path).config.projects.values()}

    def _loaded(self, path: str, text: str | None = None) -> Loaded:
        text = (self._c.texts.text(path) or "") if text is None else text
        if self._read is None or self._read[:2] != (path, text):
            self._read = (path, text, load_text(text, Path(path), environ=self._c.client.env))
        return self._read[2]

    def _judge(self, path: str, text: str, known: Known) -> tuple[Diagnostic, ...]:
        """All that is wrong in a text that is, or could be, the file's."""
        loaded = self._loaded(path, text)
        if any(is_inside(path, session.path) for session in self._c.core.state.sessions.values() if session.path):
            # What an agent made of the configuration is not what the person wants to be run.
            return loaded.diagnostics
        return (*loaded.diagnostics, *world_diagnostics(text, loaded, known, self._programs.missing))

    def _driven(self, path: str) -> dict[str, Project]:
        """The projects that the daemon drives by this file."""
        projects = self._c.core.state.projects
        return {
            id: p for id, p in projects.items() if p.settings.config and os.path.realpath(p.settings.config) == path
        }

    def known(self, path: str) -> Known:
        """What is known for a file."""
        driven = self._driven(path)
        agents: dict[str, str] = {}
        for id in driven:
            with contextlib.suppress(Refused):
                for name, lacks in self._c.core.agents(id).items():
                    # What one project can use can be used.
                    agents[name] = lacks and agents.get(name, lacks)
        repos = {id: self._repos[folder] for id, folder in self._folders(path).items() if folder in self._repos}
        return Known(
            agents=agents,
            repos=repos
            | {id: self._repos[p.settings.path] for id, p in driven.items() if p.settings.path in self._repos},
            checks={id: project.settings.checks for id, project in driven.items()},
            variables=tuple(sorted(self._c.client.env)),
            others_complete=self._others_complete,
        )

    # What is asked

    def diagnostics(self, path: str, text: str) -> list[dict[str, Any]]:
        """What is wrong in a text."""
        return configuration.diagnostics_of(path, self._judge(path, text, self.known(path)), self._c.texts)

    async def complete(self, path: str, at: lsp.Position) -> list[lsp.CompletionItem]:
        """What can be typed at a position."""
        text, index = self._at(path, at)
        if complete.names_branch(text, at.line, index):
            await self._look(path)
        offers = complete.completions(text, at.line, index, self.known(path))
        return configuration_shapes.items(offers, at.line, path, self._c.texts)

    def hover(self, path: str, at: lsp.Position) -> lsp.Hover | None:
        """What the key at a position is for."""
        text, index = self._at(path, at)
        said = "" if self._others_complete else about.hover(text, at.line, index)
        return markdown(said) if said else None

    def definition(self, path: str, at: lsp.Position) -> list[lsp.Location]:
        """Where what stands at a position is: a block of this file, or a file."""
        text, index = self._at(path, at)
        home = Path(self._c.client.env.get("HOME") or Path.home())
        project = next(
            (Path(f) for id, f in self._folders(path).items() if id == about.project_at(text, at.line)), None
        )
        found = []
        for one in about.named(text, at.line, index):
            if one.line >= 0:
                found.append(lsp.Location(uri=self._c.folders.uri(path), range=self._line(path, one.line)))
            elif file := about.file_at(one.file, Path(path).parent, project, home):
                found.append(lsp.Location(uri=self._c.folders.uri(os.path.realpath(file)), range=_START))
        return found

    def symbols(self, path: str) -> list[lsp.DocumentSymbol]:
        """The keys as a tree."""
        return configuration_shapes.symbols(shape.symbols(self._c.texts.text(path) or ""), path, self._c.texts)

    def lenses(self, path: str) -> list[lsp.CodeLens]:
        """What can be done with each project and each check that the daemon drives by this file."""
        return [
            lsp.CodeLens(range=self._line(path, line), command=_command(action)) for line, action in self._offered(path)
        ]

    def actions(self, path: str, params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        """The fixes of what is wrong in the lines, and their lenses."""
        if not is_wanted(params.context):
            return []
        first, last = sorted((params.range.start.line, params.range.end.line))
        text = self._c.texts.text(path) or ""
        known = self.known(path)
        wrong = [one for one in self._judge(path, text, known) if one.line - 1 <= last and first <= one.end_line - 1]
        mended = fixes(text, wrong, lambda changed: self._judge(path, changed, known))
        return [
            *configuration_shapes.fixes(mended, path, self._c.folders.uri(path), self._c.texts, params.context),
            *(
                lsp.CodeAction(
                    title=action.title,
                    kind=lsp.CodeActionKind.QuickFix,
                    command=_command(action),
                    data={"command": action.command, "arguments": action.arguments},
                )
                for line, action in self._offered(path)
                if first <= line <= last
            ),
        ]

    def formatted(self, path: str) -> list[lsp.TextEdit]:
        """The edits that put a text into shape; none for one that is no YAML."""
        return configuration_shapes.edits(format_changes(self._c.texts.text(path) or ""), path, self._c.texts)

    def _offered(self, path: str) -> Iterator[tuple[int, Action]]:
        """(line, action)."""
        driven, state = self._driven(path), self._c.core.state
        for entry in shape.entries(self._c.texts.text(path) or ""):
            project = driven.get(entry.project)
            if project is not None and entry.check in project.settings.checks:
                arguments = {"project": project.id, "checks": [entry.check]}
                yield entry.line, Action("Run this check", "ao.check", arguments)
            elif project is not None and not entry.check:
                count = sum(1 for _ in derive.open_sessions(state, project.id))
                title = "1 session" if count == 1 else f"{count or 'No'} sessions"
                yield entry.line, Action(title, SHOW_SESSIONS, {})

    def _at(self, path: str, at: lsp.Position) -> tuple[str, int]:
        """The text, and the index of a position in its line."""
        return self._c.texts.text(path) or "", self._c.texts.index(path, at.line, at.character)

    def _line(self, path: str, line: int) -> lsp.Range:
        return configuration_shapes.on_line(path, self._c.texts, line, 0, 0)


_START = lsp.Range(start=lsp.Position(line=0, character=0), end=lsp.Position(line=0, character=0))


def _command(action: Action) -> lsp.Command:
    return lsp.Command(title=action.title, command=action.command, arguments=[action.arguments])
