"""Join a server that runs behind a bridge: `python -I -S http_join.py DOOR PROGRAM ...`.

Becomes the program, where an argument `{url}` is the server's address; it has the password in its environment, and the
connection to the door for as long as it runs.
"""

from __future__ import annotations

import json
import os
import socket
import sys


def main() -> int:
    """Become the program; 1 when there is nothing to join, with a sentence that says so."""
    door, *argv = sys.argv[1:]
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(10)
    try:
        connection.connect(door)
        told = json.loads(connection.makefile("rb").readline())
        url, user, password = told["url"], told["user"], told["password"]
    except (OSError, ValueError, KeyError, TypeError):
        print("ao: its program has ended; `ao logs` shows what it said", file=sys.stderr)
        return 1
    connection.setblocking(True)
    os.set_inheritable(connection.fileno(), True)
    os.environ.update(OPENCODE_SERVER_USERNAME=user, OPENCODE_SERVER_PASSWORD=password)
    words = [url if one == "{url}" else one for one in argv]
    try:
        os.execvp(words[0], words)
    except OSError as problem:
        print(f"ao: cannot run {words[0]!r}: {problem.strerror}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
