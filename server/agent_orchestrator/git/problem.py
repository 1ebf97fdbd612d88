"""A refusal as a value: what could not be done and what to do next, in one sentence."""

from __future__ import annotations

from attrs import frozen


@frozen
class Problem:
    """Why an operation was refused. ``sentence`` names the path, branch or commit, and the next step."""

    sentence: str

    def __str__(self) -> str:
        return self.sentence
