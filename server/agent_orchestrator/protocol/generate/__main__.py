"""``python -m agent_orchestrator.protocol.generate --write``; ``--check`` ends with 1 when something is stale."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from agent_orchestrator.protocol.generate.files import stale, write

ROOT = Path(__file__).resolve().parents[4]


def main(argv: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Do what the command line says, below ``root``; the answer is the exit code."""
    parser = argparse.ArgumentParser(prog="python -m agent_orchestrator.protocol.generate", description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--write", action="store_true", help="write the generated files")
    what.add_argument("--check", action="store_true", help="say which of them are stale")
    if parser.parse_args(argv).write:
        write(root)
        return 0
    names = stale(root)
    for name in names:
        print(f"{name} is stale; run make docs", file=sys.stderr)
    return 1 if names else 0


if __name__ == "__main__":
    sys.exit(main())
