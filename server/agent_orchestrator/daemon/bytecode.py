"""Keeping the bytecode of what attrs generates, as Python keeps that of modules.

attrs writes the source of each class's methods and has it compiled whenever the class is made. The protocol's types and
ours are a thousand classes: compiling their methods was a third of the time in which a daemon starts while an editor
waits for it. The code is kept beside the bytecode of this module, under the same rules: not where writing bytecode is
switched off, and silently not where the folder can not be written.
"""

from __future__ import annotations

import contextlib
import gc
import importlib.util
import marshal
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from types import CodeType
from typing import Any

from attr import _make as maker

#: attrs starts the hash of a class with a number of this process, which only has to differ between classes.
_SALT = re.compile(r"(?<=return hash\(\(\n)\s+-?\d+,")

#: As of ``gc.set_threshold``: a board of thousands is made of a hundred thousand objects, and none of them is garbage.
_STEPS = (50_000, 20, 20)

_Key = tuple[str, str]


class Bytecode:
    """The code by the source's text and name, and the file that it is kept in."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._kept: dict[_Key, CodeType] = _read(file)
        self._used: dict[_Key, CodeType] = {}
        self._is_new = False

    def evaluate(
        self, script: str, globs: dict[str, Any] | None, locs: Mapping[str, object] | None = None, filename: str = ""
    ) -> None:
        """``attr._make._compile_and_eval``: run a source in its namespaces, compiled now or before."""
        # By the class's name, that two classes of equal fields still differ.
        text = _SALT.sub(lambda _: f"{filename!r},", script, count=1)
        code = self._kept.get((text, filename))
        if code is None:
            code = compile(text, filename, "exec")
            self._is_new = True
        self._used[text, filename] = code
        eval(code, globs, locs)

    def save(self) -> None:
        """Keep what was used, if something of it is new. That it can not be written is no error."""
        if self._is_new and not sys.dont_write_bytecode:
            _write(self._file, self._used)


@contextlib.contextmanager
def importing(name: str) -> Iterator[None]:
    """Around the import of modules with many classes: their code is taken from what is kept by that name, and kept.

    The garbage collector rests meanwhile, and never looks at what was made: nothing of it is ever garbage.
    """
    file = importlib.util.cache_from_source(__file__).removesuffix(".pyc") + f".{name}.attrs"
    bytecode, own, collecting = Bytecode(file), maker._compile_and_eval, gc.isenabled()
    maker._compile_and_eval = bytecode.evaluate
    gc.disable()
    try:
        yield
    finally:
        maker._compile_and_eval = own
        gc.freeze()
        gc.set_threshold(*_STEPS)
        if collecting:
            gc.enable()
    bytecode.save()


def _read(file: str) -> dict[_Key, CodeType]:
    try:
        with open(file, "rb") as stream:
            found = marshal.load(stream)
    except (OSError, EOFError, ValueError, TypeError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(file: str, code: dict[_Key, CodeType]) -> None:
    with contextlib.suppress(OSError):
        descriptor, name = tempfile.mkstemp(dir=os.path.dirname(file))
        try:
            with open(descriptor, "wb") as stream:
                marshal.dump(code, stream)
                os.fchmod(descriptor, 0o644)
            os.replace(name, file)
        except OSError:
            os.unlink(name)
            raise
