"""Which message of the Language Server Protocol does what: the wiring of one connection on one screen."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Sequence
from typing import Any

from lsprotocol import types as lsp

from agent_orchestrator.lsp import actions, configuration, hunks, sheet, sheets
from agent_orchestrator.lsp.commands import IDS
from agent_orchestrator.lsp.connection import Connection, path_in
from agent_orchestrator.protocol import lsp as own
from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.errors import Refused, describe
from agent_orchestrator.protocol.wire import from_wire, to_wire

#: Seconds that saves are collected for before the checks for them run.
SAVE_PAUSE = 0.5


def register(c: Connection) -> None:
    """Give the connection's server its features."""
    feature = c.server.feature
    feature(lsp.INITIALIZE)(lambda params: _initialize(c, params))
    feature(lsp.INITIALIZED)(lambda params: c.started())
    feature(lsp.TEXT_DOCUMENT_DID_OPEN)(lambda params: _opened(c, params))
    feature(lsp.TEXT_DOCUMENT_DID_CHANGE)(lambda params: _edited(c, params))
    feature(lsp.TEXT_DOCUMENT_DID_CLOSE)(lambda params: _closed(c, params))
    feature(lsp.TEXT_DOCUMENT_WILL_SAVE)(
        lambda params: c.drafts.will_save(path_in(params.text_document.uri), params.reason)
    )
    feature(lsp.TEXT_DOCUMENT_DID_SAVE, lsp.SaveOptions(include_text=False))(lambda params: _saved(c, params))
    feature(lsp.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)(lambda params: _folders(c, params))
    feature(lsp.WINDOW_WORK_DONE_PROGRESS_CANCEL)(lambda params: c.progress.cancelled(params.token))
    options = lsp.CodeActionOptions(code_action_kinds=[lsp.CodeActionKind.QuickFix], resolve_provider=True)
    feature(lsp.TEXT_DOCUMENT_CODE_ACTION, options)(lambda params: _code_actions(c, params))
    feature(lsp.CODE_ACTION_RESOLVE)(actions.resolved)
    feature(lsp.TEXT_DOCUMENT_CODE_LENS)(lambda params: _lenses(c, params))
    feature(lsp.TEXT_DOCUMENT_INLAY_HINT)(lambda params: _hints(c, params))
    _answered_later(c)
    feature(lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL)(lambda params: _symbols(c, params))
    feature(lsp.TEXT_DOCUMENT_FOLDING_RANGE)(lambda params: _folds(c, params))
    feature(lsp.WORKSPACE_TEXT_DOCUMENT_CONTENT)(lambda params: _content(c, params))
    _configuration(c)
    _own_messages(c)
    c.protocol.adjust = lambda capabilities: _adjust(c, capabilities)
    c.protocol.execute = c.execute


def _initialize(c: Connection, params: lsp.InitializeParams) -> None:
    c.begin(params)
    if c.pulls:
        options = lsp.DiagnosticOptions(inter_file_dependencies=True, workspace_diagnostics=True, identifier="ao")
        c.server.feature(lsp.TEXT_DOCUMENT_DIAGNOSTIC, options)(lambda params: _pulled(c, params))
        c.server.feature(lsp.WORKSPACE_DIAGNOSTIC)(lambda params: _all_pulled(c, params))


def _adjust(c: Connection, capabilities: lsp.ServerCapabilities) -> None:
    capabilities.execute_command_provider = lsp.ExecuteCommandOptions(commands=list(IDS), work_done_progress=True)
    if isinstance(capabilities.text_document_sync, lsp.TextDocumentSyncOptions):
        # Whether a client says that it tells of it or not: it may.
        capabilities.text_document_sync.will_save = True
    capabilities.experimental = {"ao": {"messages": [message.name for message in own.MESSAGES]}}
    if capabilities.workspace is not None:
        capabilities.workspace.text_document_content = lsp.TextDocumentContentOptions(schemes=["ao"])
        capabilities.workspace.workspace_folders = lsp.WorkspaceFoldersServerCapabilities(
            supported=True, change_notifications=True
        )


# Documents


def _opened(c: Connection, params: lsp.DidOpenTextDocumentParams) -> None:
    uri = params.text_document.uri
    path = path_in(uri)
    if not path:
        return
    c.folders.opened(uri)
    c.texts.opened(path, params.text_document.text)
    c.board.touch(path)
    c.core.touched(path)
    if configuration.is_configuration(path):
        c.show_configuration(path)
        c.configured.look_around(path)
    c.touch()


def _closed(c: Connection, params: lsp.DidCloseTextDocumentParams) -> None:
    path = path_in(params.text_document.uri)
    c.texts.closed(path)
    c.folders.closed(params.text_document.uri)
    c.board.touch(path)
    if configuration.is_configuration(path):
        c.show_configuration(path)
    c.touch()


def _edited(c: Connection, params: lsp.DidChangeTextDocumentParams) -> None:
    path = path_in(params.text_document.uri)
    for change in params.content_changes:
        c.texts.changed(path, change)
    c.board.touch(path)
    if configuration.is_configuration(path):
        c.show_configuration(path)
    c.touch()


def _saved(c: Connection, params: lsp.DidSaveTextDocumentParams) -> None:
    path = path_in(params.text_document.uri)
    c.texts.saved(path)
    c.core.touched(path)
    if c.drafts.saved(path):
        return
    if configuration.is_configuration(path):
        c.configured.look_around(path)
        c.run(c.look_into(path.rpartition("/")[0]))
    elif project := c.project_of(path):
        c.run(_check_saved(c, project.id, path[len(project.settings.path) + 1 :]))


async def _check_saved(c: Connection, project: str, file: str) -> None:
    """Run the checks of a save once a burst of saves is over."""
    saves = c.saves.setdefault(project, [])
    saves.append(file)
    mine = len(saves)
    await asyncio.sleep(SAVE_PAUSE)
    if len(saves) != mine:
        return
    del c.saves[project]
    if project in c.core.state.projects:
        await c.check_on("save", c.core.state.projects[project], tuple(dict.fromkeys(saves)))


def _folders(c: Connection, params: lsp.DidChangeWorkspaceFoldersParams) -> None:
    for gone in params.event.removed:
        c.folders.remove(gone.uri)
    for added in params.event.added:
        if path := c.folders.add(added.uri):
            c.run(c.look_into(path))
    shown = {next(configuration.files_above(path), "") for path in c.folders.paths}
    c.board.folders_changed(shown | {path for path in c.board.paths() if c.texts.is_open(path)})
    c.touch()


# What is shown


def _code_actions(c: Connection, params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
    path = path_in(params.text_document.uri)
    if (lines := c.sheets.lines(path)) is not None:
        return sheet.code_actions(c.core.state, lines, params.range.start.line, params.range.end.line)
    if id := hunks.session_of(path, c.core.shown, c.core.state):
        found = hunks.actions(id, c.texts.lines(path), params.range.start.line)
        return [actions.made(action) for action in found]
    noted = c.review.actions(path, params.range) if path else []
    project = c.project_of(path) if path else None
    inside = path[len(project.settings.path) + 1 :] if project else ""
    shown = list(c.board.rows())
    made = actions.code_actions(params, c.board.placed(path), shown, project.id if project else "", inside)
    return [*(c.configured.actions(path, params) if configuration.is_configuration(path) else ()), *made, *noted]


def _lenses(c: Connection, params: lsp.CodeLensParams) -> list[lsp.CodeLens]:
    path = path_in(params.text_document.uri)
    if (lines := c.sheets.lines(path)) is not None:
        return sheet.lenses(c.core.state, lines)
    made = actions.lenses(c.board.placed(path), list(c.board.rows()))
    return [*made, *c.configured.lenses(path)] if configuration.is_configuration(path) else made


def _hints(c: Connection, params: lsp.InlayHintParams) -> list[lsp.InlayHint]:
    path = path_in(params.text_document.uri)
    placed = c.board.placed(path)
    ends = [c.texts.codec.client_num_units(c.texts.line(path, one.line)) for one in placed]
    return actions.hints(placed, params.range.start.line, params.range.end.line, ends)


def _answered_later(c: Connection) -> None:
    """What asks the daemon."""

    async def hover(params: lsp.HoverParams) -> lsp.Hover | None:
        if configuration.is_configuration(path := path_in(params.text_document.uri)):
            return c.configured.hover(path, params.position)
        text = await _refusable(c.sheets.hover(path_in(params.text_document.uri), params.position.line))
        return None if text is None else sheets.markdown(text)

    async def definition(params: lsp.DefinitionParams) -> list[lsp.Location]:
        if configuration.is_configuration(path := path_in(params.text_document.uri)):
            return c.configured.definition(path, params.position)
        if id := hunks.session_of(path, c.core.shown, c.core.state):
            return await _refusable(_in_diff(c, id, c.texts.lines(path), params.position.line)) or []
        found = await _refusable(c.sheets.places(path, params.position.line)) or []
        return [_location(c, path, 0) for path in found]

    c.server.feature(lsp.TEXT_DOCUMENT_HOVER)(hover)
    c.server.feature(lsp.TEXT_DOCUMENT_DEFINITION)(definition)


async def _in_diff(c: Connection, id: str, lines: Sequence[str], line: int) -> list[lsp.Location]:
    """The file that a line of a session's diff is about: as it is now, or as it was where it is gone."""
    if (place := hunks.place_at(lines, line)) is None:
        return []
    answer: t.Diff = await c.core.call("diff", t.DiffParams(session=id), c.client)
    found = next((file.head or file.base for file in answer.files if file.path == place[0]), "")
    return [_location(c, found, place[1])] if found else []


def _location(c: Connection, path: str, line: int) -> lsp.Location:
    at = lsp.Position(line=line, character=0)
    return lsp.Location(uri=c.folders.uri(path), range=lsp.Range(start=at, end=at))


def _symbols(c: Connection, params: lsp.DocumentSymbolParams) -> list[lsp.DocumentSymbol]:
    path = path_in(params.text_document.uri)
    if configuration.is_configuration(path):
        return c.configured.symbols(path)
    lines = c.sheets.lines(path)
    return sheet.symbols(lines, c.texts) if lines is not None else []


def _folds(c: Connection, params: lsp.FoldingRangeParams) -> list[lsp.FoldingRange]:
    lines = c.sheets.lines(path_in(params.text_document.uri))
    return sheet.folds(lines) if lines is not None else []


def _configuration(c: Connection) -> None:
    """What only the configuration has."""

    async def completion(params: lsp.CompletionParams) -> list[lsp.CompletionItem]:
        path = path_in(params.text_document.uri)
        return await c.configured.complete(path, params.position) if configuration.is_configuration(path) else []

    def formatting(params: lsp.DocumentFormattingParams) -> list[lsp.TextEdit]:
        path = path_in(params.text_document.uri)
        return c.configured.formatted(path) if configuration.is_configuration(path) else []

    options = lsp.CompletionOptions(trigger_characters=[" ", ":", "{", "$", "["])
    c.server.feature(lsp.TEXT_DOCUMENT_COMPLETION, options)(completion)
    c.server.feature(lsp.TEXT_DOCUMENT_FORMATTING)(formatting)


def _content(c: Connection, params: lsp.TextDocumentContentParams) -> lsp.TextDocumentContentResult:
    return lsp.TextDocumentContentResult(text=c.sheets.text if params.uri == sheet.URI else "")


def _pulled(c: Connection, params: lsp.DocumentDiagnosticParams) -> Any:
    return _report(c.board.of(path_in(params.text_document.uri)), params.previous_result_id)


def _all_pulled(c: Connection, params: lsp.WorkspaceDiagnosticParams) -> Any:
    known = {previous.uri: previous.value for previous in params.previous_result_ids}
    found = {c.folders.uri(path): c.board.of(path) for path in sorted(c.board.paths())}
    # What the client shows and is no more is taken back.
    found |= {uri: [] for uri in known if uri not in found}
    items = [{"uri": uri, "version": None, **_report(items, known.get(uri))} for uri, items in found.items()]
    return {"items": items}


def _report(items: list[dict[str, Any]], known: str | None) -> dict[str, Any]:
    """A report that says no more than the client does not know."""
    id = hashlib.sha256(json.dumps(items).encode()).hexdigest()[:16]
    return {"kind": "unchanged", "resultId": id} if id == known else {"kind": "full", "items": items, "resultId": id}


# Our own messages


def _own_messages(c: Connection) -> None:
    async def sessions(params: Any) -> Any:
        given = _structured(params, t.ListParams)
        return to_wire(await _refusable(c.core.call("sessions", given, c.home())))

    async def failures(params: Any) -> Any:
        given = _structured(params, t.ProjectParams)
        return to_wire(await _refusable(c.core.call("failures", given, c.home())))

    async def threads(params: Any) -> Any:
        given = _structured(params, t.ProjectParams)
        named = [given.project] if given.project else [project.id for project in c.projects()]
        rows = tuple(row for id in named for row in c.core.threads(id))
        return to_wire(t.Threads(revision=c.core.state.revision, threads=rows))

    async def idle(params: Any) -> Any:
        return to_wire(own.Idle(revision=await c.idle()))

    c.server.feature(own.SESSIONS)(sessions)
    c.server.feature(own.FAILURES)(failures)
    c.server.feature(own.THREADS)(threads)
    c.server.feature(own.IDLE)(idle)


def _structured(params: Any, cls: type) -> Any:
    from agent_orchestrator.lsp.commands import wrong

    try:
        return from_wire({} if params is None else params, cls)
    except Exception as error:
        raise wrong(describe(error)) from error


async def _refusable(work: Any) -> Any:
    from agent_orchestrator.lsp.commands import refused

    try:
        return await work
    except Refused as error:
        raise refused(str(error)) from error
