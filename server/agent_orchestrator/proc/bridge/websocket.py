"""Carry lines to and from a program that listens for WebSockets on a unix socket, and let others join it there.

`python -I -S websocket.py <door> <program> [argument]…` runs the program with `--listen unix://<door>.in` added.
A line of standard input is one text to it, a text from it is one line of standard output. Who connects to `<door>` is
passed on to the program; while somebody is there is told in lines of our own: `{"method": "bridge/joined", "params":
{"guests": 1}}`. The end of standard input ends the program; its exit code is the bridge's.

A program that does not know how to listen is run in place of the bridge as it is, with lines on its standard input and
output: then nobody can join it, and there is no `<door>`.
"""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Carry until the program or the input ends; exit with the program's status."""
    # Last, so that nothing beside the package can shadow the standard library.
    sys.path.append(os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))))
    from agent_orchestrator.proc.bridge.carry import carry

    code = carry(sys.argv[1], sys.argv[2:])
    sys.stderr.flush()
    # At once: while Python winds itself up, a second SIGTERM would be the end, and the exit status.
    os._exit(code)


if __name__ == "__main__":
    main()
