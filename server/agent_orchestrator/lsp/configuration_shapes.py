"""What the configuration's language says, as types of the Language Server Protocol, in the client's positions."""

from __future__ import annotations

from collections.abc import Iterable

from lsprotocol import types as lsp

from agent_orchestrator.config.language.complete import Offer, Sort
from agent_orchestrator.config.language.fix import Change, Fix
from agent_orchestrator.config.language.shape import Symbol
from agent_orchestrator.lsp.texts import Texts
from agent_orchestrator.model.config_kinds import Kind, Many, Section, Sections, Shell, Table
from agent_orchestrator.model.trace import lines_of

_ITEM_KINDS = {
    Sort.KEY: lsp.CompletionItemKind.Property,
    Sort.NAME: lsp.CompletionItemKind.Module,
    Sort.VALUE: lsp.CompletionItemKind.Value,
    Sort.VARIABLE: lsp.CompletionItemKind.Variable,
}


def on_line(path: str, texts: Texts, line: int, start: int, end: int) -> lsp.Range:
    """A range of a line, of indices in code points."""
    return lsp.Range(
        start=lsp.Position(line=line, character=texts.units(path, line, start)),
        end=lsp.Position(line=line, character=texts.units(path, line, end)),
    )


def items(offers: Iterable[Offer], line: int, path: str, texts: Texts) -> list[lsp.CompletionItem]:
    """Completions, in their order."""
    return [
        lsp.CompletionItem(
            label=offer.label,
            kind=_ITEM_KINDS[offer.sort],
            detail=offer.detail or None,
            documentation=lsp.MarkupContent(kind=lsp.MarkupKind.Markdown, value=offer.doc) if offer.doc else None,
            sort_text=f"{number:04}",
            filter_text=offer.word,
            text_edit=lsp.TextEdit(range=on_line(path, texts, line, offer.start, offer.end), new_text=offer.text),
        )
        for number, offer in enumerate(offers)
    ]


def symbols(found: Iterable[Symbol], path: str, texts: Texts) -> list[lsp.DocumentSymbol]:
    """A tree of keys."""
    return [
        lsp.DocumentSymbol(
            name=one.name,
            detail=one.detail or None,
            kind=_symbol_kind(one.kind, one.own),
            range=lsp.Range(
                start=on_line(path, texts, one.line, one.at, one.at).start,
                end=on_line(path, texts, one.last, one.last_end, one.last_end).end,
            ),
            selection_range=on_line(path, texts, one.line, one.at, one.end),
            children=symbols(one.below, path, texts),
        )
        for one in found
    ]


def fixes(
    found: Iterable[Fix], path: str, uri: str, texts: Texts, context: lsp.CodeActionContext
) -> list[lsp.CodeAction]:
    """Code actions with edits; what a problem itself suggests is preferred."""
    made: list[lsp.CodeAction] = []
    for one in found:
        d = one.diagnostic
        about = [x for x in context.diagnostics if x.code == d.code.value and x.range.start.line == d.line - 1]
        edit = lsp.TextEdit(range=_range(path, texts, one.change), new_text=one.change.new)
        made.append(
            lsp.CodeAction(
                title=one.title,
                kind=lsp.CodeActionKind.QuickFix,
                diagnostics=about or None,
                is_preferred=one.meant,
                edit=lsp.WorkspaceEdit(changes={uri: [edit]}),
            )
        )
    return made


def edits(changes: Iterable[Change], path: str, texts: Texts) -> list[lsp.TextEdit]:
    """Changes of a file's text."""
    return [lsp.TextEdit(range=_range(path, texts, change), new_text=change.new) for change in changes]


def _range(path: str, texts: Texts, change: Change) -> lsp.Range:
    text = texts.text(path) or ""
    start, end = (lines_of(text[:index]) for index in (change.start, change.end))
    return lsp.Range(
        start=on_line(path, texts, len(start) - 1, 0, len(start[-1])).end,
        end=on_line(path, texts, len(end) - 1, 0, len(end[-1])).end,
    )


def _symbol_kind(kind: Kind | None, own: bool) -> lsp.SymbolKind:
    match kind:
        case Section() if own:
            return lsp.SymbolKind.Module
        case Section() | Sections() | Table():
            return lsp.SymbolKind.Namespace
        case Many():
            return lsp.SymbolKind.Array
        case Shell():
            return lsp.SymbolKind.Function
        case None:
            return lsp.SymbolKind.Null
        case _:
            return lsp.SymbolKind.Property
