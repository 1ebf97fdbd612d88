"""What GitLab takes for commands: lines that begin with a slash ("Quick actions": ``/merge``, ``/close``)."""

from __future__ import annotations

import re

_COMMAND = re.compile(r"^([\s>]*)/(?=\w)", re.MULTILINE)


def inert(text: str) -> str:
    """``text`` without commands, whoever wrote them: what would be one is shown as it is."""
    return _COMMAND.sub(r"\1\\/", text.replace("\r\n", "\n").replace("\r", "\n"))
