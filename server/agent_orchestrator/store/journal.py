"""An append-only journal in SQLite (WAL), opened by exactly one engine.

Facts from SQLite's documentation and experiments (3.40): ``locking_mode=EXCLUSIVE`` set before ``journal_mode=WAL``
makes a second engine's open fail with "database is locked"; ``PRAGMA synchronous`` is ignored inside a transaction, so
it is set before ``BEGIN``. FULL costs about 0.3 ms a commit, NORMAL about 7 µs.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from attrs import frozen

#: Payloads longer than this many bytes are stored compressed.
COMPRESS_FROM = 2048

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS events (
  seq INTEGER PRIMARY KEY, at REAL NOT NULL, kind TEXT NOT NULL, packed INTEGER NOT NULL, data BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS snapshot (
  one INTEGER PRIMARY KEY, seq INTEGER NOT NULL, step INTEGER NOT NULL, data BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS claims (
  project TEXT NOT NULL, item TEXT NOT NULL, session TEXT NOT NULL, PRIMARY KEY (project, item)
) WITHOUT ROWID;
"""
VERSION = 1


class JournalLocked(Exception):
    """Another engine holds the journal."""


class JournalFull(Exception):
    """The journal could not be written (disk full, read-only); nothing of the batch was stored."""


class JournalBroken(Exception):
    """The file is not a journal that this version can read; it is left as it is."""


@frozen
class Row:
    """One event as stored: ``kind`` names its class, ``data`` is its JSON."""

    at: float
    kind: str
    data: bytes


@frozen
class Batch:
    """What is committed together. ``claims``: (project, item, session); ``released``: sessions that own nothing now."""

    rows: Sequence[Row] = ()
    claims: Sequence[tuple[str, str, str]] = ()
    released: Sequence[str] = ()
    #: True when the batch holds an intent or an outcome: it must survive a power cut before anything acts on it.
    durable: bool = True


def _nothing(_: str) -> None:
    """No crash test is running."""


#: Called with a name at each boundary of an append; crash tests end the process there.
boundary: Callable[[str], None] = _nothing


class Journal:
    """The one writer's handle. Not thread-safe: use it from one thread at a time (opened with a shared connection)."""

    def __init__(self, path: Path, *, max_pages: int | None = None) -> None:
        """Open (or make) the journal at ``path``.

        Raises JournalLocked when another process has it, JournalBroken when it can not be read.
        ``max_pages`` caps the file's size in pages (``PRAGMA max_page_count``), for tests of a full disk.
        """
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            self._db = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
            # Invariant: one writer. Exclusive mode before WAL keeps every other process out, readers too.
            self._db.execute("PRAGMA locking_mode=EXCLUSIVE")
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.executescript(_SCHEMA)
            self._db.execute("INSERT OR IGNORE INTO meta VALUES ('version', ?)", (str(VERSION),))
            found = self._db.execute("SELECT value FROM meta WHERE name = 'version'").fetchone()[0]
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise JournalLocked(f"{path}: another daemon has this journal open") from error
            raise JournalBroken(f"{path}: can not be opened: {error}") from error
        except sqlite3.DatabaseError as error:
            raise JournalBroken(f"{path}: {error}; move it away to start with an empty one") from error
        if found != str(VERSION):
            raise JournalBroken(f"{path}: written by a version that this one does not know (format {found})")
        if max_pages is not None:
            self._db.execute(f"PRAGMA max_page_count={int(max_pages)}")
        path.chmod(0o600)

    def append(self, batch: Batch) -> None:
        """Commit a batch in one transaction. Raises JournalFull when it could not be stored, whole."""
        boundary("before append")
        self._db.execute(f"PRAGMA synchronous={'FULL' if batch.durable else 'NORMAL'}")
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany("DELETE FROM claims WHERE session = ?", [(s,) for s in batch.released])
            # Invariant: one failure, one agent: the primary key refuses a second owner.
            self._db.executemany("INSERT INTO claims VALUES (?, ?, ?)", batch.claims)
            self._db.executemany(
                "INSERT INTO events (at, kind, packed, data) VALUES (?, ?, ?, ?)", map(_pack, batch.rows)
            )
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise JournalFull(f"{self.path}: {error}") from error
        boundary("after append")

    def replay(self, after: int = 0) -> Iterator[tuple[int, Row]]:
        """Every event after sequence number ``after``, in order, with its number."""
        for seq, at, kind, packed, data in self._db.execute(
            "SELECT seq, at, kind, packed, data FROM events WHERE seq > ? ORDER BY seq", (after,)
        ):
            yield seq, Row(at, kind, zlib.decompress(data) if packed else data)

    def snapshot(self) -> tuple[int, int, bytes] | None:
        """The stored snapshot: the number of the last event in it, the version of ``step`` that made it, its data."""
        found = self._db.execute("SELECT seq, step, data FROM snapshot").fetchone()
        return (found[0], found[1], zlib.decompress(found[2])) if found else None

    def keep(self, seq: int, step: int, data: bytes, before: float) -> None:
        """Store a snapshot of everything up to event ``seq``, and drop the oldest events before a time.

        Event ``seq`` itself stays: SQLite numbers the next event after the highest that is there. What is left has no
        gaps, whatever the clock did. In one transaction. Raises JournalFull when it could not be stored; nothing is
        dropped then.
        """
        boundary("before snapshot")
        self._db.execute("PRAGMA synchronous=FULL")
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.execute("INSERT OR REPLACE INTO snapshot VALUES (1, ?, ?, ?)", (seq, step, zlib.compress(data, 3)))
            self._db.execute(
                "DELETE FROM events WHERE seq < min(?, coalesce((SELECT min(seq) FROM events WHERE at >= ?), ?))",
                (seq, before, seq),
            )
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise JournalFull(f"{self.path}: {error}") from error
        boundary("after snapshot")

    @property
    def is_whole(self) -> bool:
        """Are all events still there, from the first one on?"""
        first = self._db.execute("SELECT min(seq) FROM events").fetchone()[0]
        return first in (None, 1)  # The event that a snapshot ends with is never dropped.

    def claims(self) -> set[tuple[str, str, str]]:
        """The claims that are held: (project, item, session)."""
        return set(self._db.execute("SELECT project, item, session FROM claims"))

    def close(self) -> None:
        """Close the file; another engine may open it."""
        self._db.close()


def _pack(row: Row) -> tuple[float, str, int, bytes]:
    packed = len(row.data) > COMPRESS_FROM
    return row.at, row.kind, int(packed), zlib.compress(row.data, 3) if packed else row.data


def rows(items: Iterable[tuple[float, str, bytes]]) -> tuple[Row, ...]:
    """Rows from (time, kind, JSON) triples."""
    return tuple(Row(*item) for item in items)
