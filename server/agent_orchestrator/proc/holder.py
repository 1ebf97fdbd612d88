"""Entry point of the holder: `python -I -S holder.py [--detach] <run-dir>`.

With `--detach` it forks once and the first process ends at once, so that the holder is no child of its launcher and
is not killed with an editor's descendants. What it does is told in `hold.loop`; the parts are imported as modules
because those, unlike a script, are cached as bytecode.
"""

from __future__ import annotations

import os
import sys


def main() -> int:
    """Hold the run in the directory named by the last argument; return the holder's own exit status."""
    if "--detach" in sys.argv[1:-1] and os.fork():
        os._exit(0)
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    # Last, so that nothing beside the package can shadow the standard library.
    sys.path.append(root)
    from agent_orchestrator.proc.hold.loop import hold

    return hold(sys.argv[-1])


if __name__ == "__main__":
    sys.exit(main())
