"""The judge is judged: what it must not let pass."""

from __future__ import annotations

import pytest


@pytest.fixture
def seen(probes):
    def make(*red, unknown=(), passed=()):
        return probes.Seen(dict.fromkeys(red, 1), frozenset(unknown), frozenset(passed))

    return make


def test_less_red_is_smaller(probes, seen):
    assert probes.smaller(seen("a"), seen("a", "b"))


@pytest.mark.parametrize(
    ("after", "before"),
    [(("a",), ("a",)), (("a", "c"), ("a", "b")), ((), ())],
    ids=["nothing gone", "one gone, one new", "green before"],
)
def test_what_is_not_smaller(probes, seen, after, before):
    assert not probes.smaller(seen(*after), seen(*before))


def test_a_file_that_became_unknown_is_never_smaller(probes, seen):
    assert not probes.smaller(seen("a", unknown=["t.py"]), seen("a", "b"))


def test_what_an_unknown_file_hid_may_be_red(probes, seen):
    assert probes.smaller(seen("t.py::a", "t.py::b"), seen(unknown=["t.py"]))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [("one = bad\ntwo = bad\n", "is not smaller"), ("one = bad\nthree = bad\n", "is not smaller")],
    ids=["nothing gone", "another one"],
)
def test_a_commit_that_does_not_shrink_is_found(h, probes, folder, text, complaint):
    repo = folder / "repo"
    repo.mkdir()
    h.git(repo, "init", "-q", "-b", "main")
    h.git(repo, "config", "user.name", "a")
    h.git(repo, "config", "user.email", "a@example.org")
    start = h.commit(repo, {"x.txt": "one = bad\ntwo = bad\n"})
    tip = h.commit(repo, {"x.txt": text, "y.txt": "more\n"})

    def probe(tree):
        return probes.Seen(dict.fromkeys((tree / "x.txt").read_text().splitlines(), 1))

    with pytest.raises(AssertionError, match=complaint):
        probes.every_commit_shrinks(repo, start, tip, probe, folder / "clone")


def test_a_commit_that_loses_a_test_is_found(h, probes, folder):
    repo = folder / "repo"
    tests = "tests/test_a.py"
    repo.mkdir()
    h.git(repo, "init", "-q", "-b", "main")
    h.git(repo, "config", "user.name", "a")
    h.git(repo, "config", "user.email", "a@example.org")
    start = h.commit(repo, {tests: "def test_red():\n    assert 0\n\n\ndef test_green():\n    pass\n"})
    tip = h.commit(repo, {tests: "def test_red():\n    pass\n"})
    with pytest.raises(AssertionError, match=r"lost \['tests/test_a.py::test_green'\]"):
        probes.every_commit_shrinks(repo, start, tip, probes.minitest(), folder / "clone")
