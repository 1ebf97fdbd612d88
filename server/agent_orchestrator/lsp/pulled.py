"""What a client comes for itself: it is told when there is something else to come for, where it understands that."""

from __future__ import annotations

from collections.abc import Callable

from lsprotocol import types as lsp


class Pulled:
    """The refreshes of one client. ``send`` sends a request; nobody waits for its answer: clients exist that come
    before they answer."""

    def __init__(self, send: Callable[[str], object]) -> None:
        self._send = send
        self._methods: tuple[str, ...] = ()
        self._diagnostics = False
        self._seen: tuple[object, ...] | None = None

    def begin(self, capabilities: lsp.ClientCapabilities) -> None:
        """Read what the client understands."""
        workspace = capabilities.workspace or lsp.WorkspaceClientCapabilities()
        wanted = (
            (lsp.WORKSPACE_CODE_LENS_REFRESH, workspace.code_lens),
            (lsp.WORKSPACE_INLAY_HINT_REFRESH, workspace.inlay_hint),
        )
        self._methods = tuple(method for method, can in wanted if can and can.refresh_support)
        self._diagnostics = bool(workspace.diagnostics and workspace.diagnostics.refresh_support)

    def diagnostics(self) -> None:
        """There are others."""
        if self._diagnostics:
            self._send(lsp.WORKSPACE_DIAGNOSTIC_REFRESH)

    def lines(self, *seen: object) -> None:
        """Lenses and hints are made of this; the client is told when it differs from the last time."""
        before, self._seen = self._seen, seen
        if before not in (None, seen):
            for method in self._methods:
                self._send(method)
