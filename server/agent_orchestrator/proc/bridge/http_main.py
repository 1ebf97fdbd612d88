"""Entry point of the bridge to an agent that is an HTTP server: `python -I -S http_main.py DOOR EVENTS PROGRAM ...`.

What it does is told in `http_bridge`; the parts are imported as modules because those are cached as bytecode.
"""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Start the program and carry lines; exit with its exit code."""
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
    # Last, so that nothing beside the package can shadow the standard library.
    sys.path.append(root)
    from agent_orchestrator.proc.bridge.http_bridge import bridge

    door, events, *argv = sys.argv[1:]
    code = bridge(door, frozenset(events.split(",")), argv)
    sys.stderr.flush()
    # At once: while Python winds itself up, a second SIGTERM would be the end, and the exit status.
    os._exit(code)


if __name__ == "__main__":
    main()
