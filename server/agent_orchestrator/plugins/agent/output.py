"""What agent programs print, one JSON value per line, among lines of other things."""

from __future__ import annotations

import json
from typing import Any


def json_lines(output: str) -> list[dict[str, Any]]:
    """The JSON objects of an output, oldest first. What is not a whole one, like a cut first line, is left out."""
    found = []
    for line in output.split("\n"):
        text = line.strip()
        if text.startswith("{"):
            try:
                value = json.loads(text)
            except (ValueError, RecursionError):
                continue
            found.append(value)
    return found


def last_line(output: str) -> str:
    """The last line that is not blank and not of JSON, whole or cut; empty when there is none."""
    lines = (line.strip() for line in reversed(output.split("\n")))
    return next((line for line in lines if line and not line.startswith("{") and not line.endswith("}")), "")


def paragraph(text: str, limit: int = 400) -> str:
    """A text as one paragraph of at most ``limit`` characters: every run of white space is one space."""
    return " ".join(text.split())[:limit]
