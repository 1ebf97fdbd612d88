"""Watch folders for changes of what lies directly in them, by inotify(7) and ctypes. Linux only: elsewhere `begin`
gives none."""

from __future__ import annotations

import asyncio
import ctypes
import errno
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

from attrs import define, frozen

# linux/inotify.h
_CLOSE_WRITE, _MOVED_FROM, _MOVED_TO, _CREATE, _DELETE = 0x8, 0x40, 0x80, 0x100, 0x200
_OVERFLOW, _IGNORED, _ISDIR = 0x4000, 0x8000, 0x40000000
_ONLYDIR, _DONT_FOLLOW, _EXCL_UNLINK = 0x1000000, 0x2000000, 0x4000000
_WANTED = _CLOSE_WRITE | _MOVED_FROM | _MOVED_TO | _CREATE | _DELETE | _ONLYDIR | _DONT_FOLLOW | _EXCL_UNLINK
_HEADER = struct.Struct("iIII")
_READ = 64 << 10


@frozen
class Change:
    """Something changed: a file or folder ``name`` directly in ``folder``. ``name`` empty: it is not known what."""

    folder: Path
    name: str
    is_folder: bool = False
    #: It is there now, and was not before.
    came: bool = False


@define
class Inotify:
    """Watched folders. ``heard`` is called in the event loop with what changed, as it comes."""

    _fd: int
    _add: Any
    _heard: Callable[[list[Change]], None]
    _folders: dict[int, Path]
    _numbers: dict[Path, int]

    @classmethod
    def begin(cls, heard: Callable[[list[Change]], None]) -> Inotify | None:
        """Begin to watch, nothing as yet; None where the system has no inotify, or has no more of it to give."""
        try:
            library = ctypes.CDLL(None, use_errno=True)
            fd = library.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
            add = library.inotify_add_watch
        except (OSError, AttributeError):
            return None
        if fd < 0:
            return None
        made = cls(fd, add, heard, {}, {})
        asyncio.get_running_loop().add_reader(fd, made._read)
        return made

    def watch(self, folder: Path) -> bool:
        """Watch a folder, once; return false when the system allows no more. One that is gone is passed over."""
        if folder in self._numbers:
            return True
        number = self._add(self._fd, os.fsencode(folder), ctypes.c_uint32(_WANTED))
        if number < 0:
            return ctypes.get_errno() not in (errno.ENOSPC, errno.ENOMEM)
        # One that was moved is known by its old name.
        self._numbers.pop(self._folders.get(number, folder), None)
        self._folders[number], self._numbers[folder] = folder, number
        return True

    def close(self) -> None:
        """Watch nothing any more."""
        asyncio.get_running_loop().remove_reader(self._fd)
        os.close(self._fd)

    def _read(self) -> None:
        try:
            data = os.read(self._fd, _READ)
        except BlockingIOError:
            return
        found, at = list[Change](), 0
        while at < len(data):
            number, mask, _, length = _HEADER.unpack_from(data, at)
            name = os.fsdecode(data[at + _HEADER.size : at + _HEADER.size + length].rstrip(b"\0"))
            at += _HEADER.size + length
            folder = self._folders.get(number)
            if mask & _IGNORED:
                # The folder is gone: one that comes in its place is another.
                self._folders.pop(number, None)
                self._numbers.pop(folder, None) if folder is not None else None
            elif mask & _OVERFLOW:
                found.append(Change(Path(), ""))
            elif folder is not None:
                found.append(Change(folder, name, bool(mask & _ISDIR), bool(mask & (_CREATE | _MOVED_TO))))
        if found:
            self._heard(found)
