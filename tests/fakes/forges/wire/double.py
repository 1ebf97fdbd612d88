"""What every double is served by, and what it says of what it does not know: loudly, and never a null."""

from __future__ import annotations

import traceback
from abc import ABC, abstractmethod
from contextlib import AbstractContextManager

from ..graph.view import Unmodelled
from .asgi import App, Transport
from .faults import Faults
from .message import Answer, Request, answer
from .serve import Serving


class Double(ABC):
    """A service as a whole."""

    faults: Faults
    #: What the double can not do: a test ends with none.
    problems: list[str]

    @property
    def asgi(self) -> App:
        """For any ASGI server."""
        return App(self.handle)

    def transport(self) -> Transport:
        """For ``httpx2.AsyncClient(transport=…)``: the service's own address, without a socket."""
        return Transport(self.asgi)

    def on_port(self, port: int = 0) -> AbstractContextManager[Serving]:
        """On a loopback port."""
        return Serving(self.asgi, port=port)

    def handle(self, request: Request) -> Answer:
        """Answer one request."""
        try:
            return self.faults.spoil(request, lambda: self.enter(request))
        except Unmodelled as missing:
            return self._loud(request, "DOUBLE_UNMODELLED", f"the double does not model {missing}", "unmodelled")
        except Exception:
            return self._loud(request, "DOUBLE_BROKEN", traceback.format_exc(), "broken")

    @abstractmethod
    def enter(self, request: Request) -> Answer:
        """Answer a request that nothing spoils."""

    def _loud(self, request: Request, code: str, message: str, header: str) -> Answer:
        self.problems.append(f"{code}: {request.method} {request.path}: {message}")
        errors = [{"message": f"{code}: {message}", "extensions": {"code": code}}]
        return answer({"message": f"{code}: {message}", "errors": errors}, 500, {"x-double": header})
