"""Entry point of the shim: `python -I -S shim.py FOLDER PROGRAM ARGS…`, as the scripts in FOLDER/bin call it.

Like the holder's it is a script of the standard library, whose parts are modules so that their bytecode is cached.
"""

from __future__ import annotations

import os
import sys


def main() -> int:
    """Answer, refuse or pass on one call; return its exit status."""
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
    # Last, so that nothing beside the package can shadow the standard library.
    sys.path.append(root)
    from agent_orchestrator.proc.shim.call import call

    return call(sys.argv[1], sys.argv[2], sys.argv[3:])


if __name__ == "__main__":
    sys.exit(main())
