"""What a parser is given: the bytes a check left behind and the few facts needed to read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import frozen

#: A VS Code problem matcher, one of its patterns, a list of patterns, or a plain regular expression.
Pattern = str | Mapping[str, object] | Sequence[object]


@frozen
class Inputs:
    """The result of one run of a check, as bytes.

    ``output`` is standard output and error as they came. ``exit_code`` is negative for a signal, as in
    :mod:`subprocess`, and None when it is not known. ``root`` is the absolute path of the tree that was tested.
    ``report`` is the content of the report file, None when the tool wrote none. ``listing`` is the content of the file
    that the ``ao_listing`` pytest plugin wrote. ``base`` is the folder, relative to the tree, that the tool's own
    relative names start at (a check that runs in a sub-folder, or the start directory of unittest discovery).
    ``pattern`` is for ``regex`` only.
    """

    output: bytes
    exit_code: int | None
    root: str
    report: bytes | None = None
    listing: bytes | None = None
    base: str = ""
    pattern: Pattern | None = None
