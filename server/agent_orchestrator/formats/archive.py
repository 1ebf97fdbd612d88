"""Zip archives from outside → the files in them, in memory and within limits."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

from agent_orchestrator.formats.json_text import Malformed

#: Bytes of an archive, files in it, and bytes of all that is unpacked.
SIZE, FILES, UNPACKED = 10 * 1024 * 1024, 200, 50 * 1024 * 1024
_ENTRY = b"PK\x01\x02"
_ENCRYPTED = 0x1
#: What the library raises for what is broken.
_BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, LookupError, OSError, RuntimeError, ValueError)


def unpack(data: bytes, ending: str = "") -> Mapping[str, bytes]:
    """The files whose names end so, by their names. Raises :class:`Malformed` for what is no archive, or too much.

    Nothing is believed of what an archive says of itself: the bytes that come out are counted.
    """
    if len(data) > SIZE:
        raise Malformed(f"the archive is {len(data)} bytes long; the limit is {SIZE}")
    # Before the library makes an object of each.
    if data.count(_ENTRY) > FILES:
        raise Malformed(f"the archive has more than {FILES} files")
    found: dict[str, bytes] = {}
    left = UNPACKED
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for entry in archive.infolist():
                _refuse(entry)
                if entry.filename.endswith("/") or not entry.filename.lower().endswith(ending):
                    continue
                with archive.open(entry) as file:
                    found[entry.filename] = file.read(left + 1)
                left -= len(found[entry.filename])
                if left < 0:
                    raise Malformed(f"the archive unpacks to more than {UNPACKED} bytes")
    except Malformed:
        raise
    except _BROKEN as error:
        raise Malformed(f"the archive can not be read: {error}") from None
    return found


def _refuse(entry: zipfile.ZipInfo) -> None:
    """Raise Malformed for a name that leads elsewhere, and for what no writer of reports makes."""
    name = entry.filename.replace("\\", "/")
    if name.startswith("/") or name[1:2] == ":" or ".." in name.split("/"):
        raise Malformed(f"the archive names a place outside of itself: {entry.filename[:100]!r}")
    # Others need memory that the archive chooses.
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or entry.flag_bits & _ENCRYPTED:
        raise Malformed(f"the archive packs {entry.filename[:100]!r} in a way that is not read")
