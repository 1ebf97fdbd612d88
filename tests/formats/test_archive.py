"""An archive from outside is unpacked in memory, and none can harm by what it names or by what it unpacks to."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest

from agent_orchestrator.formats import archive
from agent_orchestrator.formats.archive import unpack
from agent_orchestrator.formats.json_text import Malformed


def packed(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return out.getvalue()


def test_the_files_with_an_ending_are_unpacked():
    data = packed({"a/x.XML": b"1", "y.xml": b"2", "z.txt": b"3", "folder.xml/": b""})
    assert unpack(data, ".xml") == {"a/x.XML": b"1", "y.xml": b"2"}


@pytest.mark.parametrize(
    "name", ["../a.xml", "a/../../b.xml", "/etc/a.xml", "..\\a.xml", "\\a.xml", "C:\\a.xml", "C:a.xml"]
)
def test_a_name_that_leads_elsewhere_refuses_the_whole_archive(name):
    with pytest.raises(Malformed, match="outside"):
        unpack(packed({"good.xml": b"", name: b""}), ".xml")


def test_a_name_with_dots_in_it_leads_nowhere():
    assert unpack(packed({"a..b.xml": b"1"})) == {"a..b.xml": b"1"}


def test_too_many_files_are_refused():
    with pytest.raises(Malformed, match="200 files"):
        unpack(packed({f"{number}.xml": b"" for number in range(201)}))


def test_too_many_bytes_are_refused():
    with pytest.raises(Malformed, match="limit"):
        unpack(b"\0" * (archive.SIZE + 1))


def test_what_unpacks_to_too_much_is_refused_with_what_it_says_of_itself_or_without():
    data = packed({f"{number}.xml": bytes(20 * 1024 * 1024) for number in range(3)})
    with pytest.raises(Malformed, match="unpacks to more"):
        unpack(data)
    lies = data.replace(struct.pack("<I", 20 * 1024 * 1024), struct.pack("<I", 10))
    with pytest.raises(Malformed):
        unpack(lies)


def test_what_is_not_wanted_is_not_unpacked():
    assert unpack(packed({"a.bin": bytes(60 * 1024 * 1024), "a.xml": b"1"}), ".xml") == {"a.xml": b"1"}


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packings_that_choose_how_much_memory_they_need_are_refused(method):
    with pytest.raises(Malformed, match="not read"):
        unpack(packed({"a.xml": b"1"}, method))


def test_an_archive_with_a_password_is_refused():
    data = bytearray(packed({"a.xml": b"1"}))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(Malformed):
        unpack(bytes(data))


@pytest.mark.parametrize(
    "data", [b"", b"PK", b"no archive", packed({"a.xml": b"1"})[:-10], b"PK\x05\x06" + b"\xff" * 18]
)
def test_what_is_no_archive_is_malformed(data):
    with pytest.raises(Malformed):
        unpack(data)


def test_no_broken_byte_is_anything_but_malformed():
    data = packed({"a.xml": b"<testsuite/>" * 20, "b.xml": b"1"})
    for at in range(len(data)):
        for value in (0x00, 0xFF, data[at] ^ 1):
            broken = data[:at] + bytes([value]) + data[at + 1 :]
            try:
                unpack(broken, ".xml")
            except Malformed:
                continue
