"""``agent-orchestrator.yaml`` in an editor: completion, hover, definitions, symbols, lenses, fixes, formatting."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

NAME = "agent-orchestrator.yaml"
SIZES = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}


def units(text: str, encoding: str) -> int:
    """How long a text is in an encoding's units."""
    codec, size = SIZES[encoding]
    return len(text.encode(codec)) // size


class Page:
    """A configuration as one editor has it, with the cursor at a ``|``."""

    def __init__(self, editor: Any, marked: str, encoding: str = "utf-16") -> None:
        self.editor, self.encoding = editor, encoding
        before, _, after = marked.partition("|")
        self.text = before + after
        lines = before.split("\n")
        self.line, self.index = len(lines) - 1, len(lines[-1])
        self.uri = editor.open(NAME, self.text, "yaml")

    @property
    def document(self) -> dict[str, Any]:
        return {"textDocument": {"uri": self.uri}}

    @property
    def here(self) -> dict[str, Any]:
        line = self.text.split("\n")[self.line][: self.index]
        return {**self.document, "position": {"line": self.line, "character": units(line, self.encoding)}}

    async def complete(self) -> dict[str, dict[str, Any]]:
        """The completions at the cursor, by label."""
        return {one["label"]: one for one in await self.editor.request("textDocument/completion", self.here)}

    async def hover(self) -> str | None:
        """What is shown at the cursor."""
        found = await self.editor.request("textDocument/hover", self.here)
        return found and found["contents"]["value"]

    async def definition(self) -> list[tuple[Path, int]]:
        """(file, line) of each definition at the cursor."""
        found = await self.editor.request("textDocument/definition", self.here)
        return [(Path(one["uri"].removeprefix("file://")), one["range"]["start"]["line"]) for one in found]

    async def actions(self, line: int, diagnostics: Any = ()) -> dict[str, dict[str, Any]]:
        """The code actions of a line, by title."""
        return await self.editor.actions(NAME, line, diagnostics)

    def edited(self, edits: list[dict[str, Any]]) -> str:
        """The text after edits, none of which touch each other."""
        lines = self.text.split("\n")

        def offset(at: dict[str, int]) -> int:
            line = lines[at["line"]] if at["line"] < len(lines) else ""
            index = next(i for i in range(len(line) + 1) if units(line[:i], self.encoding) >= at["character"])
            return sum(len(one) + 1 for one in lines[: at["line"]]) + index

        text = self.text
        for edit in sorted(edits, key=lambda e: offset(e["range"]["start"]), reverse=True):
            text = text[: offset(edit["range"]["start"])] + edit["newText"] + text[offset(edit["range"]["end"]) :]
        return text


@pytest.fixture
def page(red: Any, editors: Any) -> Callable[..., Awaitable[Page]]:
    """Open the configuration of the repository, with this text, in an editor."""

    async def open_page(marked: str, **params: Any) -> Page:
        editor = await editors(**params)
        await editor.idle()
        return Page(editor, marked)

    return open_page


@pytest.fixture
def text(red: Any) -> str:
    """The configuration that the daemon drives the project by."""
    return str((red.repo / NAME).read_text())


async def test_keys_are_completed_with_their_documentation(page):
    found = (await (await page("limits:\n  |")).complete())["attempts"]
    assert found["documentation"]["value"].startswith("Turns an agent gets")
    assert found["detail"] == "a whole number from 1; default: 3"


async def test_a_file_that_is_no_yaml_is_completed(page):
    assert "landing" in await (await page("projects:\n\tapp\n\t\tla|\n  : [")).complete()


async def test_the_agents_of_the_project_are_completed_with_whether_they_can_be_used(page):
    found = await (await page("projects:\n  app:\n    agent: |")).complete()
    assert found["scripted"]["detail"] == "can be used now"
    assert found["gemini"].get("detail", "") != "can be used now"


async def test_branches_of_the_repository_are_completed(page, red, h):
    h.git(red.repo, "branch", "release")
    h.git(red.repo, "branch", "ao/app-1")
    h.git(red.repo, "update-ref", "refs/remotes/origin/far", "HEAD")
    h.git(red.repo, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/far")
    found = await (await page("projects:\n  app:\n    path: .\n    landing:\n      target: |")).complete()
    assert list(found) == ["main", "release", "far"]


async def test_a_branch_made_since_is_completed(page, red, h):
    here = await page("projects:\n  app:\n    path: .\n    defaultBranch: |")
    assert list(await here.complete()) == ["main"]
    h.git(red.repo, "branch", "since")
    assert list(await here.complete()) == ["main", "since"]


@pytest.mark.parametrize("encoding", SIZES)
async def test_a_completion_replaces_what_was_typed_in_the_units_of_the_client(red, editors, ed, encoding):
    capabilities = {**ed.CAPABILITIES, "general": {"positionEncodings": [encoding]}}
    editor = await editors(capabilities=capabilities)
    await editor.idle()
    here = Page(editor, 'projects: {"😀é": {name: "é😀", pa|}}', encoding)
    found = (await here.complete())["path"]
    assert here.edited([found["textEdit"]]) == 'projects: {"😀é": {name: "é😀", path: }}'


async def test_a_hover_tells_what_a_key_is_for_and_its_default(page):
    said = await (await page("limits:\n  minutes:\n    tu|rn: 5")).hover()
    assert said == (
        "`limits.minutes.turn`\n\nMinutes one turn of an agent may take.\n\nAllowed: a number above 0.  \nDefault: 30."
    )


async def test_there_is_no_hover_over_what_is_no_key(page):
    assert await (await page("# a comm|ent\nport: 1")).hover() is None


async def test_the_schema_is_left_to_a_server_that_has_it(page):
    here = await page("projects:\n  app:\n    agent: |", initializationOptions={"configuration": {"schema": True}})
    assert list(await here.complete()) == ["scripted"]
    assert await here.hover() is None


async def test_the_definition_of_an_agent_is_its_block(page, text):
    assert "agent: scripted" in text
    here = await page(text.replace("agent: scripted", "agent: scrip|ted"))
    line = here.text.split("\n").index("  scripted:")
    assert await here.definition() == [(Path(here.uri.removeprefix("file://")), line)]


async def test_the_definition_of_a_path_is_the_file(page, red):
    here = await page("projects:\n  app:\n    path: .\n    postCreate: python tests/test_ha|lf.py\n")
    assert await here.definition() == [(red.repo / "tests" / "test_half.py", 0)]


async def test_a_path_that_names_nothing_has_no_definition(page):
    assert await (await page("projects:\n  app:\n    path: ./no|where\n")).definition() == []


async def test_keys_are_symbols(page):
    here = await page("port: 1\nprojects:\n  app:\n    path: .\n    checks:\n      unit:\n        command: x\n")
    port, projects = await here.editor.request("textDocument/documentSymbol", here.document)
    (app,) = projects["children"]
    assert (port["name"], port["detail"], app["name"]) == ("port", "1", "app")
    assert [one["name"] for one in app["children"]] == ["path", "checks"]
    assert app["range"]["end"] == {"line": 6, "character": 18}
    assert app["selectionRange"] == {"start": {"line": 2, "character": 2}, "end": {"line": 2, "character": 5}}


async def test_a_check_can_be_run_from_its_line(page, text):
    here = await page(text)
    lenses = await here.editor.request("textDocument/codeLens", here.document)
    (lens,) = [one for one in lenses if one["command"]["title"] == "Run this check"]
    assert here.text.split("\n")[lens["range"]["start"]["line"]].strip() == "unit:"
    answer = await here.editor.run_action(lens)
    assert [check["id"] for check in answer["checks"]] == ["unit"]
    assert "Run this check" in await here.actions(lens["range"]["start"]["line"])


async def test_the_sessions_of_a_project_are_shown_from_its_line(page, text):
    here = await page(text)
    lenses = await here.editor.request("textDocument/codeLens", here.document)
    (lens,) = [one for one in lenses if one["command"]["title"] == "No sessions"]
    assert here.text.split("\n")[lens["range"]["start"]["line"]].strip() == "app:"
    await here.editor.run_action(lens)
    assert (await here.editor.take("window/showDocument"))["uri"].endswith("sessions.md")


async def test_projects_that_the_daemon_does_not_drive_have_no_lenses(page):
    here = await page("projects:\n  stranger:\n    path: /nowhere\n    checks:\n      unit:\n        command: x\n")
    lenses = await here.editor.request("textDocument/codeLens", here.document)
    assert [one["command"]["title"] for one in lenses if one["command"]["command"] == "ao.check"] == []


async def test_a_fix_is_an_edit_of_its_diagnostic(page):
    here = await page("# é😀\nlimmits: {}\n")
    (wrong,) = await here.editor.until(lambda: here.editor.shown(NAME))
    fix = (await here.actions(1, [wrong]))["Change to `limits`"]
    assert (fix["kind"], fix["isPreferred"], fix["diagnostics"]) == ("quickfix", True, [wrong])
    assert here.edited(fix["edit"]["changes"][here.uri]) == "# é😀\nlimits: {}\n"


async def test_a_client_that_asks_for_other_actions_gets_no_fixes(page):
    here = await page("limmits: {}\n")
    at = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}
    params = {**here.document, "range": at, "context": {"diagnostics": [], "only": ["source.organizeImports"]}}
    assert await here.editor.request("textDocument/codeAction", params) == []


@pytest.mark.parametrize("encoding", SIZES)
async def test_a_fix_counts_in_the_units_of_the_client(red, editors, ed, encoding):
    editor = await editors(capabilities={**ed.CAPABILITIES, "general": {"positionEncodings": [encoding]}})
    await editor.idle()
    here = Page(editor, 'projects: {app: {name: "é😀", path: ., wokspace: worktree}}', encoding)
    fix = (await here.actions(0))["Change to `workspace`"]
    fixed = 'projects: {app: {name: "é😀", path: ., workspace: worktree}}'
    assert here.edited(fix["edit"]["changes"][here.uri]) == fixed


async def test_a_branch_that_the_repository_does_not_have_is_said_and_changed(page):
    here = await page("projects:\n  app:\n    path: .\n    defaultBranch: mian\n")
    (wrong,) = await here.editor.until(lambda: here.editor.shown(NAME))
    assert (wrong["code"], wrong["severity"]) == ("config-branch", 2)
    assert "Change to `main`" in await here.actions(3)


async def test_a_program_that_is_not_there_is_said(page, red):
    here = await page("projects:\n  app:\n    path: .\n    postCreate: no-such-program-anywhere now\n")
    (wrong,) = await here.editor.until(lambda: here.editor.shown(NAME))
    assert (wrong["code"], wrong["range"]["start"]) == ("config-program", {"line": 3, "character": 16})


async def test_a_program_of_the_project_s_own_environment_is_there(page, red):
    tool = red.repo / ".venv" / "bin" / "my-tool"
    tool.parent.mkdir(parents=True)
    tool.write_text("#!/bin/sh\n")
    tool.chmod(0o755)
    here = await page("projects:\n  app:\n    path: .\n    postCreate: my-tool\n")
    await here.editor.idle()
    assert here.editor.shown(NAME) == []


async def test_formatting_keeps_comments(page):
    here = await page("projects:  # all\n    # é😀\n    app: \n        path: .\n\n\n")
    options = {"options": {"tabSize": 4, "insertSpaces": True}}
    edits = await here.editor.request("textDocument/formatting", {**here.document, **options})
    assert here.edited(edits) == "projects:  # all\n  # é😀\n  app:\n    path: .\n"


async def test_what_is_no_yaml_is_not_formatted(page):
    here = await page("projects: [ \n")
    options = {"options": {"tabSize": 4, "insertSpaces": True}}
    assert await here.editor.request("textDocument/formatting", {**here.document, **options}) == []


async def test_other_files_have_none_of_it(page):
    here = await page("port: 1")
    at = {"textDocument": {"uri": here.editor.open("half.py")}, "position": {"line": 0, "character": 0}}
    assert await here.editor.request("textDocument/completion", at) == []
    options = {"tabSize": 2, "insertSpaces": True}
    assert await here.editor.request("textDocument/formatting", {**at, "options": options}) == []
