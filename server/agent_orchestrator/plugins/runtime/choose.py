"""Which runtime a session gets."""

from __future__ import annotations

from collections.abc import Mapping


def choose(requested: str, unavailable: Mapping[str, str | None], fallback: str = "process") -> tuple[str, str | None]:
    """Return (runtime, line for the person or None). `unavailable` maps each known runtime to why it cannot be used.

    A runtime that cannot be used, or is not known, gives way to `fallback`, which always can.
    """
    if requested not in unavailable:
        known = ", ".join(sorted(unavailable))
        return fallback, f"runtime {requested!r} is not known (known: {known}): using {fallback}"
    reason = unavailable[requested]
    return (requested, None) if reason is None else (fallback, f"{reason}: using the {fallback} runtime")
