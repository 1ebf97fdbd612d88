"""An HTTP server with server-sent events that does what a test wants: ``http_server.py STREAMS``.

``STREAMS`` is JSON: for each connection to ``/event`` the bytes to send, of which the last one stays open. Without any
there are no events.
"""

from __future__ import annotations

import base64
import json
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

STREAMS: list[list[str]] = json.loads(sys.argv[1])
LOGIN = base64.b64encode(f"{os.environ['OPENCODE_SERVER_USERNAME']}:{os.environ['OPENCODE_SERVER_PASSWORD']}".encode())
counts: dict[str, int] = {}
lock = threading.Lock()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads it."""

    def do_GET(self) -> None:
        with lock:
            number = counts[self.path] = counts.get(self.path, 0) + 1
        if self.headers.get("Authorization", "").split()[-1:] != [LOGIN.decode()]:
            self.say(401, b'{"message":"who are you?"}')
        elif self.path == "/event" and STREAMS:
            self.stream(number)
        elif self.path == "/event":
            self.say(404, b"")
        elif self.path == "/hangs-once" and number == 1:
            time.sleep(60)
        elif self.path == "/die":
            os._exit(3)
        elif self.path == "/fails":
            self.say(500, b"<html>Internal</html>")
        elif self.path == "/cut":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{")
            self.close_connection = True
        else:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"null")
            said = {"method": self.command, "path": self.path, "body": body, "number": number}
            self.say(200, json.dumps(said).encode())

    do_POST = do_GET

    def say(self, status: int, body: bytes) -> None:
        """An answer."""
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def stream(self, number: int) -> None:
        """The events of this connection."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for text in STREAMS[min(number, len(STREAMS)) - 1]:
            data = text.encode()
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        if number >= len(STREAMS):
            time.sleep(60)
        self.close_connection = True


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
print("Warning: this is a server of tests.", flush=True)
print(f"test server listening on http://127.0.0.1:{server.server_address[1]}", flush=True)
server.serve_forever()
