"""What the phases of a repair share: the copy, how tests run there, and the clock."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .client import Runner
from .sandbox import Sandbox, make_sandbox

#: Processor seconds that one unedited test may take.
HANG = 5.0


@dataclass(frozen=True)
class Bench:
    """A copy of the worktree ``root`` in which ``restored`` files have their content of before an earlier edit."""

    root: Path
    scratch: Path
    restored: Mapping[str, bytes]
    box: Sandbox
    runner: Runner
    begin: float
    seconds: float

    @property
    def environment(self) -> dict[str, str]:
        """The environment of test processes in this copy."""
        return self.box.environment(os.environ)

    def left(self, share: float = 1.0) -> float:
        """Return the seconds left until this share of the budget is used."""
        return self.begin + self.seconds * share - time.monotonic()

    def again(self, name: str) -> Bench:
        """Return a bench with another, untouched copy: tests may have left things in this one."""
        box = copied(self.root, self.scratch / name, self.restored)
        return Bench(self.root, self.scratch, self.restored, box, self.runner, self.begin, self.seconds)


def copied(root: Path, place: Path, restored: Mapping[str, bytes]) -> Sandbox:
    """Copy the worktree and put the restored contents into the copy."""
    box = make_sandbox(root, place)
    for path, data in restored.items():
        (box.tree / path).write_bytes(data)
    return box


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Yield a folder that is gone afterwards, as far as what tests left in it lets itself be removed."""
    folder = Path(tempfile.mkdtemp(prefix="autofix-")).resolve()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
