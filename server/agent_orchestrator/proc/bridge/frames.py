"""The client's side of one WebSocket connection (RFC 6455), without input and output: bytes in, messages out.

A message that is longer than the limit is left out, whatever length it announces; nothing of it is kept. Anything that
the standard forbids raises: then the connection is of no use any more.
"""

from __future__ import annotations

import binascii
import hashlib
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
#: Bytes of one message, and of the answer to the handshake.
LIMIT = 16 << 20
_HELLO_LIMIT = 16 << 10
_CONTROL_LIMIT = 125
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_NORMAL = 1000


class Broken(Exception):
    """The other side did not keep to the protocol; the message says how."""


class Frames:
    """One connection. `outbox` is what is to be sent; whoever sends takes it from there."""

    def __init__(self, limit: int = LIMIT, random: Callable[[int], bytes] = os.urandom) -> None:
        self.outbox = bytearray()
        self.opened = False
        #: The other side has closed it: nothing comes any more.
        self.closed = False
        #: Messages that were too long.
        self.left_out = 0
        self._limit = limit
        self._random = random
        self._key = binascii.b2a_base64(random(16), newline=False)
        self._inbox = bytearray()
        # Of the frame that is being received: None before its header is there.
        self._opcode: int | None = None
        self._final = False
        self._rest = 0
        # Of the message that is being received.
        self._begun = False
        self._too_long = False
        self._message = bytearray()
        self._control = bytearray()
        self._ending = False

    def open(self, host: str = "localhost") -> None:
        """Ask for the connection."""
        head = f"GET / HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: "
        self.outbox += head.encode() + self._key + b"\r\nSec-WebSocket-Version: 13\r\n\r\n"

    def say(self, message: bytes) -> None:
        """Send a text."""
        self._send(TEXT, message)

    def close(self) -> None:
        """Say that nothing follows."""
        if self.opened and not self._ending:
            self._ending = True
            self._send(CLOSE, _NORMAL.to_bytes(2, "big"))

    def receive(self, data: bytes) -> list[bytes]:
        """Take bytes as they came; return the texts that are whole now. Raises Broken."""
        self._inbox += data
        if not self.opened and not self._answered():
            return []
        messages: list[bytes] = []
        while not self.closed and (self._opcode is not None or self._header()):
            taken = bytes(self._inbox[: self._rest])
            del self._inbox[: len(taken)]
            self._rest -= len(taken)
            self._take(taken)
            if self._rest:
                break
            if (whole := self._ended()) is not None:
                messages.append(whole)
        return messages

    def _answered(self) -> bool:
        """Has it answered the handshake, and with a yes?"""
        end = self._inbox.find(b"\r\n\r\n")
        if end < 0:
            if len(self._inbox) > _HELLO_LIMIT:
                raise Broken("its answer to the handshake does not end")
            return False
        status, *lines = bytes(self._inbox[:end]).decode("latin-1").split("\r\n")
        del self._inbox[: end + 4]
        if status.split(" ")[1:2] != ["101"]:
            raise Broken(f"it does not speak WebSocket here: {status[:100]}")
        fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        # SHA-1 is what the standard wants here; it is no secret.
        proof = hashlib.sha1(self._key + _GUID, usedforsecurity=False).digest()
        if fields.get("sec-websocket-accept") != binascii.b2a_base64(proof, newline=False).decode():
            raise Broken("its answer to the handshake is not one to ours")
        self.opened = True
        return True

    def _header(self) -> bool:
        """Take the header of the next frame, if it is there."""
        inbox = self._inbox
        if len(inbox) < 2:
            return False
        self._check(inbox[0], inbox[1])
        opcode, final, size = inbox[0] & 0x0F, bool(inbox[0] & 0x80), inbox[1] & 0x7F
        more = {126: 2, 127: 8}.get(size, 0)
        if len(inbox) < 2 + more:
            return False
        length = int.from_bytes(inbox[2 : 2 + more], "big") if more else size
        if length >> 63:
            raise Broken("a frame of an impossible length")
        del inbox[: 2 + more]
        self._opcode, self._final, self._rest = opcode, final, length
        self._begun = self._begun or opcode < CLOSE
        return True

    def _check(self, first: int, second: int) -> None:
        """May a frame begin so, here?"""
        opcode = first & 0x0F
        if first & 0x70 or opcode not in (CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG):
            raise Broken(f"a frame of an unknown kind: {first:#04x}")
        if second & 0x80:
            raise Broken("a masked frame")
        if opcode >= CLOSE and (second > _CONTROL_LIMIT or not first & 0x80):
            raise Broken("a control frame that is too long or in parts")
        if opcode == BINARY:
            raise Broken("a message that is no text")
        if opcode < CLOSE and self._begun != (opcode == CONTINUATION):
            raise Broken("a part of a message that has not begun" if opcode == CONTINUATION else "half of a message")

    def _take(self, data: bytes) -> None:
        if self._opcode is not None and self._opcode >= CLOSE:
            self._control += data
            return
        if len(self._message) + len(data) > self._limit:
            self._too_long = True
            self._message.clear()
        if not self._too_long:
            self._message += data

    def _ended(self) -> bytes | None:
        """The frame is whole: return the message, if that is whole with it."""
        opcode, self._opcode = self._opcode, None
        if opcode is None or opcode >= CLOSE:
            payload = bytes(self._control)
            self._control.clear()
            if opcode == PING:
                self._send(PONG, payload)
            elif opcode == CLOSE:
                # The end is answered with the same words.
                if not self._ending:
                    self._ending = True
                    self._send(CLOSE, payload[:2])
                self.closed = True
            return None
        if not self._final:
            return None
        message, too_long = bytes(self._message), self._too_long
        self._message.clear()
        self._begun = self._too_long = False
        if too_long:
            self.left_out += 1
            return None
        return message

    def _send(self, opcode: int, payload: bytes) -> None:
        size = len(payload)
        if size < 126:
            length = bytes([0x80 | size])
        elif size < 1 << 16:
            length = bytes([0x80 | 126]) + size.to_bytes(2, "big")
        else:
            length = bytes([0x80 | 127]) + size.to_bytes(8, "big")
        mask = self._random(4)
        self.outbox += bytes([0x80 | opcode]) + length + mask + masked(payload, mask)


def masked(payload: bytes, mask: bytes) -> bytes:
    """A payload under a mask of four bytes; the same again gives the payload (RFC 6455, 5.3)."""
    size = len(payload)
    cover = (mask * (size // 4 + 1))[:size]
    # As two numbers: byte by byte it would take seconds for a long message.
    return (int.from_bytes(payload, "big") ^ int.from_bytes(cover, "big")).to_bytes(size, "big")
