"""The client's side of a WebSocket: the bytes of the standard, and servers that do not keep to it."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_orchestrator.proc.bridge.frames import Broken, Frames, masked

#: Of RFC 6455, 1.3: a key, and the answer to it.
KEY, ACCEPT = b"the sample nonce", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
#: Of RFC 6455, 5.7.
MASK = bytes([0x37, 0xFA, 0x21, 0x3D])
HELLO = b"\x81\x05Hello"
MASKED_HELLO = bytes([0x81, 0x85, *MASK, 0x7F, 0x9F, 0x4D, 0x51, 0x58])
LIMIT = 1000


def random(size: int) -> bytes:
    return KEY if size == 16 else MASK


def answer(accept: str = ACCEPT, status: str = "101 Switching Protocols") -> bytes:
    return f"HTTP/1.1 {status}\r\nupgrade: websocket\r\nSec-WebSocket-Accept: {accept}\r\n\r\n".encode()


def opened(limit: int = LIMIT) -> Frames:
    frames = Frames(limit, random)
    frames.open()
    assert frames.receive(answer()) == []
    frames.outbox.clear()
    return frames


def frame(payload: bytes, first: int = 0x81) -> bytes:
    """A frame as a server sends it."""
    size = len(payload)
    if size < 126:
        return bytes([first, size]) + payload
    return bytes([first, 126]) + size.to_bytes(2, "big") + payload


def pieces(data: bytes, sizes: list[int]) -> Iterator[bytes]:
    for size in sizes:
        yield data[:size]
        data = data[size:]
    yield data


# The handshake


def test_it_asks_for_the_connection_with_its_key():
    frames = Frames(LIMIT, random)
    frames.open()
    request = frames.outbox.decode()
    assert request.startswith("GET / HTTP/1.1\r\nHost: localhost\r\n")
    assert request.endswith("\r\n\r\n")
    assert "Upgrade: websocket\r\nConnection: Upgrade\r\n" in request
    assert "Sec-WebSocket-Version: 13" in request
    assert "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==" in request
    assert not frames.opened


def test_the_key_is_a_new_one_each_time():
    keys = set()
    for _ in range(2):
        frames = Frames()
        frames.open()
        (key,) = re.findall(r"Sec-WebSocket-Key: (\S+)", frames.outbox.decode())
        assert len(base64.b64decode(key)) == 16
        keys.add(key)
        proof = hashlib.sha1(f"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode(), usedforsecurity=False).digest()
        frames.receive(answer(base64.b64encode(proof).decode()))
        assert frames.opened
    assert len(keys) == 2


def test_what_follows_the_answer_at_once_is_not_lost():
    frames = Frames(LIMIT, random)
    frames.open()
    assert frames.receive(answer() + HELLO) == [b"Hello"]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (b"HTTP/1.1 404 Not Found\r\n\r\n", "does not speak WebSocket here: HTTP/1.1 404"),
        (b"SSH-2.0-x\r\n\r\n", "does not speak WebSocket here: SSH-2.0-x"),
        (b"\r\n\r\n", "does not speak WebSocket here"),
        (answer("wrong"), "not one to ours"),
        (b"HTTP/1.1 101 Yes\r\n\r\n", "not one to ours"),
        (b"x" * 20000, "does not end"),
    ],
)
def test_another_answer_to_the_handshake_breaks_it(said: bytes, why: str):
    frames = Frames(LIMIT, random)
    frames.open()
    with pytest.raises(Broken, match=why):
        frames.receive(said)
    assert not frames.opened


# What comes


def test_a_text_comes_as_it_is():
    assert opened().receive(HELLO) == [b"Hello"]


def test_the_parts_of_a_text_come_as_one():
    frames = opened()
    assert frames.receive(b"\x01\x03Hel") == []
    assert frames.receive(b"\x80\x02lo") == [b"Hello"]


def test_a_ping_between_two_parts_is_answered_with_its_words():
    frames = opened()
    assert frames.receive(b"\x01\x03Hel" + b"\x89\x05Hello" + b"\x80\x02lo") == [b"Hello"]
    # Of RFC 6455, 5.7.
    assert frames.outbox == bytes([0x8A, 0x85, *MASK, 0x7F, 0x9F, 0x4D, 0x51, 0x58])


def test_a_pong_is_nothing():
    frames = opened()
    assert frames.receive(b"\x8a\x05Hello" + HELLO) == [b"Hello"]
    assert frames.outbox == b""


def test_longer_texts_come_whole():
    for size in (0, 125, 126, 256, 999):
        assert opened().receive(frame(b"x" * size)) == [b"x" * size]
    long = b"y" * 70000
    assert opened(100000).receive(b"\x81\x7f" + len(long).to_bytes(8, "big") + long) == [long]


@given(st.lists(st.binary(max_size=300), max_size=5), st.lists(st.integers(0, 200), max_size=20))
def test_texts_come_the_same_however_the_bytes_are_cut(texts: list[bytes], sizes: list[int]):
    frames = opened()
    stream = b"".join(frame(text[:50], 0x01) + frame(b"", 0x89) + frame(text[50:], 0x80) for text in texts)
    assert [text for piece in pieces(stream, sizes) for text in frames.receive(piece)] == texts


@given(st.binary(max_size=400), st.lists(st.integers(0, 100), max_size=10))
def test_no_bytes_do_more_than_break_the_connection(data: bytes, sizes: list[int]):
    frames = opened()
    with contextlib.suppress(Broken):
        for piece in pieces(data, sizes):
            assert all(len(message) <= LIMIT for message in frames.receive(piece))


# What is too much


def test_a_text_that_is_too_long_is_left_out_and_the_next_one_comes():
    frames = opened()
    assert frames.receive(frame(b"x" * (LIMIT + 1)) + HELLO) == [b"Hello"]
    assert frames.left_out == 1


def test_parts_that_are_too_long_together_are_left_out():
    frames = opened()
    part = frame(b"x" * 600, 0x01)
    assert frames.receive(part + frame(b"x" * 600, 0x00) + frame(b"x", 0x80) + HELLO) == [b"Hello"]
    assert frames.left_out == 1


def test_nothing_is_kept_of_a_frame_that_says_it_is_huge():
    frames = opened()
    assert frames.receive(b"\x81\x7f" + (1 << 62).to_bytes(8, "big")) == []
    for _ in range(100):
        assert frames.receive(b"x" * 10000) == []
    kept = sum(len(value) for value in vars(frames).values() if isinstance(value, bytes | bytearray))
    assert kept <= LIMIT + 100


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (b"\x81\x7f" + (1 << 63).to_bytes(8, "big"), "impossible length"),
        (MASKED_HELLO, "masked"),
        (b"\xc1\x05Hello", "unknown kind"),
        (b"\x83\x00", "unknown kind"),
        (b"\x8b\x00", "unknown kind"),
        (b"\x82\x00", "no text"),
        (b"\x80\x05Hello", "has not begun"),
        (b"\x01\x01a" + HELLO, "half of a message"),
        (b"\x09\x00", "control frame"),
        (b"\x89\x7e\x00\x7e", "control frame"),
    ],
)
def test_what_the_standard_forbids_breaks_the_connection(said: bytes, why: str):
    with pytest.raises(Broken, match=why):
        opened().receive(said)


# What goes


def test_what_is_said_is_masked():
    frames = opened()
    frames.say(b"Hello")
    assert frames.outbox == MASKED_HELLO


@pytest.mark.parametrize(
    ("size", "head"),
    [
        (125, b"\x81\xfd"),
        (126, b"\x81\xfe\x00\x7e"),
        (65535, b"\x81\xfe\xff\xff"),
        (65536, b"\x81\xff" + b"\0" * 5 + b"\1\0\0"),
    ],
)
def test_longer_texts_say_their_length(size: int, head: bytes):
    frames = opened()
    text = bytes(i % 251 for i in range(size))
    frames.say(text)
    assert frames.outbox.startswith(head + MASK)
    assert masked(bytes(frames.outbox[len(head) + 4 :]), MASK) == text


def test_each_frame_has_a_mask_of_its_own():
    frames = Frames()
    frames.open()
    frames.outbox.clear()
    frames.say(b"")
    frames.say(b"")
    assert frames.outbox[2:6] != frames.outbox[8:12]


def test_the_end_is_said_once():
    frames = opened()
    frames.close()
    frames.close()
    assert frames.outbox == bytes([0x88, 0x82, *MASK]) + masked(b"\x03\xe8", MASK)


def test_the_end_is_answered_and_nothing_comes_after_it():
    frames = opened()
    assert frames.receive(HELLO + b"\x88\x02\x03\xe8" + HELLO) == [b"Hello"]
    assert frames.closed
    assert frames.outbox == bytes([0x88, 0x82, *MASK]) + masked(b"\x03\xe8", MASK)


def test_an_end_in_the_middle_of_a_text_is_an_end():
    frames = opened()
    assert frames.receive(b"\x01\x03Hel\x88\x00") == []
    assert frames.closed
