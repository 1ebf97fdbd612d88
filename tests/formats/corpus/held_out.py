"""The runs that were recorded after the parsers were written."""

from __future__ import annotations

from cases import Case

HELD_OUT: tuple[Case, ...] = ()
