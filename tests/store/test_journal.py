"""The journal: one writer, all or nothing, and everything read back as it was written."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from agent_orchestrator.store.journal import COMPRESS_FROM, Batch, JournalBroken, JournalFull, JournalLocked, Row

SERVER = Path(__file__).resolve().parents[2] / "server"

OTHER_PROCESS = """
import sys
from pathlib import Path
from agent_orchestrator.store.journal import Journal, JournalLocked
try:
    Journal(Path(sys.argv[1]))
except JournalLocked as error:
    print(error)
"""


def rows(journal, after=0):
    return [row for _, row in journal.replay(after)]


def test_events_come_back_in_the_order_in_which_they_were_appended(open_journal):
    journal = open_journal()
    written = [Row(3.0 - n, "Kind", b"%d" % n) for n in range(4)]
    journal.append(Batch(written[:3]))
    journal.append(Batch(written[3:], durable=False))
    assert rows(journal) == written


def test_a_journal_that_is_opened_again_has_all_that_was_appended(open_journal):
    first = open_journal()
    first.append(Batch([Row(1.0, "Kind", b"{}")], claims=[("app", "item", "s")]))
    first.close()
    second = open_journal()
    assert (rows(second), second.claims()) == ([Row(1.0, "Kind", b"{}")], {("app", "item", "s")})


def test_replay_can_begin_after_an_event(open_journal):
    journal = open_journal()
    journal.append(Batch([Row(1.0, "A", b"1"), Row(2.0, "B", b"2"), Row(3.0, "C", b"3")]))
    second = list(journal.replay())[1][0]
    assert [row.kind for row in rows(journal, second)] == ["C"]


@pytest.mark.parametrize("size", [0, COMPRESS_FROM, COMPRESS_FROM + 1, 1_000_000])
def test_a_payload_of_any_size_comes_back_byte_for_byte(open_journal, size):
    data = bytes(n * 7 % 251 for n in range(size))
    journal = open_journal()
    journal.append(Batch([Row(1.0, "Kind", data)]))
    assert rows(journal) == [Row(1.0, "Kind", data)]


def test_a_long_payload_is_stored_compressed(open_journal, path):
    journal = open_journal()
    journal.append(Batch([Row(1.0, "Kind", b"a" * 100_000)]))
    journal.close()
    with sqlite3.connect(path) as db:
        assert db.execute("SELECT packed, length(data) < 1000 FROM events").fetchall() == [(1, 1)]
    db.close()


def test_a_second_opener_in_this_process_is_refused(open_journal):
    open_journal()
    with pytest.raises(JournalLocked, match="another daemon"):
        open_journal()


def test_a_second_opener_in_another_process_is_refused(open_journal, path):
    open_journal().append(Batch([Row(1.0, "Kind", b"{}")]))
    argv = [sys.executable, "-c", OTHER_PROCESS, str(path)]
    said = subprocess.run(argv, env={"PYTHONPATH": str(SERVER)}, capture_output=True, text=True, check=True)
    assert "another daemon has this journal open" in said.stdout


def test_a_closed_journal_can_be_opened_by_another(open_journal):
    open_journal().close()
    assert rows(open_journal()) == []


def test_only_its_owner_may_read_the_file(open_journal, path):
    open_journal()
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"this is no database at all" * 100, id="garbage"),
        pytest.param(b"SQLite format 3\0" + b"\0" * 4080, id="a header and nothing sensible after it"),
    ],
)
def test_a_file_that_is_no_journal_is_refused_and_left_as_it_is(open_journal, path, content):
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(JournalBroken):
        open_journal()
    assert path.read_bytes() == content


def test_a_journal_that_lost_its_end_is_refused_and_left_as_it_is(open_journal, path):
    journal = open_journal()
    journal.append(Batch([Row(float(n), "Kind", bytes(2000)) for n in range(50)]))
    journal.close()
    torn = path.read_bytes()[:10_000]
    path.write_bytes(torn)
    with pytest.raises(JournalBroken):
        list(open_journal().replay())
    assert path.read_bytes() == torn


def test_a_journal_of_another_version_is_refused(open_journal, path):
    open_journal().close()
    db = sqlite3.connect(path)
    db.execute("UPDATE meta SET value = '999'")
    db.commit()
    db.close()
    with pytest.raises(JournalBroken, match="999"):
        open_journal()


def test_a_folder_in_its_place_is_refused(open_journal, path):
    path.mkdir(parents=True)
    with pytest.raises(JournalBroken, match="can not be opened"):
        open_journal()


def test_one_item_can_not_be_claimed_by_two_sessions(open_journal):
    journal = open_journal()
    journal.append(Batch(claims=[("app", "item", "first")]))
    with pytest.raises(JournalFull):
        journal.append(Batch([Row(1.0, "Kind", b"{}")], claims=[("app", "item", "second")]))
    assert (rows(journal), journal.claims()) == ([], {("app", "item", "first")})


def test_the_same_item_of_two_projects_is_claimed_by_each(open_journal):
    journal = open_journal()
    claims = {("app", "item", "first"), ("lib", "item", "second")}
    journal.append(Batch(claims=sorted(claims)))
    assert journal.claims() == claims


def test_what_a_session_releases_can_be_claimed_in_the_same_batch(open_journal):
    journal = open_journal()
    journal.append(Batch(claims=[("app", "a", "first"), ("app", "b", "other")]))
    journal.append(Batch(claims=[("app", "a", "second")], released=["first"]))
    assert journal.claims() == {("app", "a", "second"), ("app", "b", "other")}


def test_a_batch_that_does_not_fit_is_not_stored_at_all(open_journal):
    large = Row(3.0, "Large", random.Random(1).randbytes(200_000))
    journal = open_journal(max_pages=12)
    journal.append(Batch([Row(1.0, "Small", b"{}")]))
    with pytest.raises(JournalFull):
        journal.append(Batch([Row(2.0, "Small", b"{}"), large]))
    assert [row.kind for row in rows(journal)] == ["Small"]
