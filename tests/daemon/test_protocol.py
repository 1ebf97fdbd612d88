"""Folders, lock file, framing and plain values: what daemon and clients share."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent_orchestrator.cli.client import is_newer
from agent_orchestrator.config.load import user_config_folder
from agent_orchestrator.daemon.lock import acquire
from agent_orchestrator.daemon.spawn import own_environment
from agent_orchestrator.protocol import framing, wire
from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.lockfile import Holder, read_holder
from agent_orchestrator.protocol.methods import METHODS
from agent_orchestrator.protocol.paths import NEW, SOCKET_PATH_MAX, make_private, paths_of
from agent_orchestrator.protocol.plain import Row, decode_value, encode_value

HOME = {"HOME": "/home/u"}
ROOT = Path(framing.__file__).parents[2]


def test_the_variables_of_our_own_win():
    found = paths_of({**HOME, "AO_STATE_DIR": "~/s", "AO_RUNTIME_DIR": "/r", "XDG_STATE_HOME": "/x"})
    assert (found.state, found.runtime) == (Path("/home/u/s"), Path("/r"))


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS has folders of its own")
def test_without_variables_the_folders_are_those_of_the_xdg_specification():
    assert paths_of({**HOME, "XDG_RUNTIME_DIR": "/run/user/7"}).folders == (
        "/home/u/.local/state/ao",
        "/run/user/7/ao",
        "/home/u/.cache/ao",
        "/home/u/.config/agent-orchestrator",
    )


def test_relative_xdg_values_are_ignored():
    assert paths_of({**HOME, "XDG_STATE_HOME": "x", "XDG_RUNTIME_DIR": "y"}) == paths_of(HOME)


def test_the_default_folders_are_those_of_platformdirs():
    platformdirs = pytest.importorskip("platformdirs")
    expected = (platformdirs.user_state_path("ao"), platformdirs.user_cache_path("ao"))
    environment = {k: v for k, v in os.environ.items() if k != "AO_STATE_DIR"}
    assert (paths_of(environment).state, paths_of(environment).cache) == expected


def test_the_users_configuration_is_where_it_is_looked_for():
    assert paths_of(HOME).config == user_config_folder(HOME)


@pytest.mark.parametrize("variable", ["AO_STATE_DIR", "AO_RUNTIME_DIR", "XDG_RUNTIME_DIR", "HOME"])
@pytest.mark.parametrize("length", [10, 70, 80, 90, 100, 200])
def test_the_sockets_path_always_fits_the_kernels_limit(variable, length):
    found = paths_of({**HOME, variable: "/" + "ä" * (length // 2)})
    assert len(os.fsencode(found.socket)) + len(NEW) <= SOCKET_PATH_MAX


def test_two_state_folders_in_one_runtime_folder_have_two_sockets():
    one, two = (paths_of({**HOME, "AO_STATE_DIR": s, "XDG_RUNTIME_DIR": "/run/user/7"}).socket for s in ("/a", "/b"))
    assert (one != two, one.parent) == (True, two.parent)


def test_the_folders_given_on_to_the_daemon_mean_the_same_to_it():
    found = paths_of({**HOME, "AO_STATE_DIR": "/s/" + "x" * 120})
    given_on = {**HOME, "AO_STATE_DIR": str(found.state), "AO_RUNTIME_DIR": str(found.runtime)}
    assert paths_of(given_on) == found


def test_a_folder_is_made_for_its_owner_alone(tmp_path):
    assert (make_private(tmp_path / "a" / "b"), (tmp_path / "a" / "b").stat().st_mode & 0o777) == ("", 0o700)


def test_a_folder_that_is_a_link_is_refused(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path)
    assert "is not a folder" in make_private(tmp_path / "link")


def test_a_file_in_the_folders_place_is_said(tmp_path):
    (tmp_path / "file").touch()
    assert "can not be made" in make_private(tmp_path / "file")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a folder to another user")
def test_a_folder_of_another_user_is_refused(tmp_path):
    (tmp_path / "theirs").mkdir(0o700)
    os.chown(tmp_path / "theirs", 12345, -1)
    assert "belongs to user 12345" in make_private(tmp_path / "theirs")


def test_the_lock_is_held_by_one(tmp_path):
    first = acquire(tmp_path / "lock")
    assert (first is not None, acquire(tmp_path / "lock")) == (True, None)
    first.close()


def test_the_lock_is_free_when_its_holder_has_let_go(tmp_path):
    acquire(tmp_path / "lock").close()
    again = acquire(tmp_path / "lock")
    assert again is not None
    again.close()


def test_the_lock_file_says_who_holds_it(tmp_path):
    lock, holder = acquire(tmp_path / "lock"), Holder(4711, "1.2.3", "/r/a b.sock")
    lock.say(Holder(1, "a-longer-version", "/a/longer/path/than/the/second/one"))
    lock.say(holder)
    assert read_holder(tmp_path / "lock").text() == holder.text()
    lock.close()


@given(st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_lock_file_of_any_bytes_is_read_or_ignored(tmp_path, content):
    (tmp_path / "lock").write_bytes(content)
    holder = read_holder(tmp_path / "lock")
    assert holder is None or holder.pid > 1


def test_the_daemon_keeps_of_an_environment_only_what_names_the_user_and_folders():
    given_it = {"PATH": "/bin", "HOME": "/h", "XDG_STATE_HOME": "/x", "API_KEY": "k", "TMUX": "t", "GIT_DIR": "d"}
    assert set(own_environment(given_it)) == {"PATH", "HOME", "XDG_STATE_HOME"}


@given(st.recursive(st.none() | st.integers() | st.text(st.characters()), lambda s: st.lists(s), max_leaves=5))
def test_what_is_framed_is_read_back(value):
    import json

    header, _, body = framing.frame({"v": value}).partition(b"\r\n\r\n")
    assert (framing.length_of(header), json.loads(body)) == (len(body), {"v": value})


@given(st.binary())
def test_any_header_has_a_length_in_bounds_or_is_refused(header):
    try:
        length = framing.length_of(header)
    except framing.FramingError:
        return
    assert 0 <= length <= framing.MAX_MESSAGE


@pytest.mark.parametrize(
    ("newer", "older"),
    [("0.2.0", "0.1.9"), ("0.10", "0.9"), ("1.0", "1.0rc1"), ("1.0rc1", "0.9"), ("1.0.1", "1.0"), ("1.0", "nonsense")],
)
def test_a_newer_version_is_newer_and_the_older_is_not(newer, older):
    assert (is_newer(newer, older), is_newer(older, newer)) == (True, False)


@pytest.mark.parametrize(("one", "other"), [("1.0", "1.0.0"), ("0.1.0+abc", "0.1.0"), ("", "")])
def test_equal_versions_are_not_newer(one, other):
    assert (is_newer(one, other), is_newer(other, one)) == (False, False)


def _sample(kind: object) -> object:
    """A value of a wire type with something in every field."""
    import typing

    if isinstance(kind, type) and attrs.has(kind):
        hints = typing.get_type_hints(kind)
        return kind(**{f.name: _sample(hints[f.name]) for f in attrs.fields(kind)})
    if typing.get_origin(kind) is tuple:
        return (_sample(typing.get_args(kind)[0]),)
    if typing.get_origin(kind) is dict:
        return {"a_b": "c"}
    if typing.get_args(kind):
        return _sample(typing.get_args(kind)[0])
    return {str: "text", int: 3, float: 1.5, bool: True}[kind]


@pytest.mark.parametrize("method", sorted(METHODS))
def test_the_clients_reading_and_writing_agree_with_the_daemons(method):
    kinds = [kind for kind in (METHODS[method].params, METHODS[method].result) if kind]
    samples = [_sample(kind) for kind in kinds]
    assert [encode_value(sample) for sample in samples] == [wire.to_wire(sample) for sample in samples]
    assert [decode_value(encode_value(s), k) for s, k in zip(samples, kinds, strict=True)] == samples


def test_a_client_reads_the_answer_of_a_newer_daemon_and_of_an_older_one():
    raw = {
        "id": "l",
        "project": "p",
        "session": "s",
        "title": "t",
        "commit": "c",
        "base": "b",
        "target": "m",
        "at": 1.0,
    }
    row = decode_value({**raw, "inventedLater": [1]}, t.LandingRow)
    assert (row.at, row.fixed) == (1.0, ())


def test_a_row_reads_like_the_value_it_stands_for():
    detail = _sample(t.SessionDetail)
    row = Row(encode_value(detail), lambda: t.SessionDetail)
    seen = (row.session.current_task, row.session.items, row.failures[0].checkout_only, row.history)
    assert seen == (detail.session.current_task, ("text",), True, ("text",))


def test_a_row_is_written_as_it_came():
    raw = encode_value(_sample(t.SessionDetail))
    assert encode_value(Row(raw, lambda: t.SessionDetail)) == raw


def test_a_row_has_the_defaults_of_what_an_older_daemon_does_not_send():
    raw = encode_value(_sample(t.HuntState))
    del raw["hunt"]["landings"][0]["undoes"]
    assert Row(raw, lambda: t.HuntState).hunt.landings[0].undoes == ""


def test_a_row_has_no_attribute_that_its_type_has_not():
    with pytest.raises(AttributeError, match="colour"):
        _ = Row(encode_value(_sample(t.Done)), lambda: t.Done).colour


def test_a_light_call_imports_no_wire_types(dial, environ):
    dial()
    code = (
        "import os, sys; from agent_orchestrator.cli.client import connect\n"
        "from agent_orchestrator.protocol.paths import paths_of\n"
        "pid = connect(paths_of(os.environ), start=False).call('daemon', light=True).pid\n"
        "print(pid > 1, {'attr', 'agent_orchestrator.protocol.types'} & set(sys.modules))"
    )
    env = {**environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-S", "-W", "ignore", "-c", code], env=env, capture_output=True, text=True)
    assert done.stdout == "True set()\n", done.stderr


def test_importing_the_client_imports_neither_attrs_nor_asyncio():
    heavy = {"attr", "attrs", "cattrs", "asyncio", "subprocess"}
    code = f"import sys, agent_orchestrator.cli.client; print({heavy} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"


def test_losing_the_race_for_the_lock_needs_only_the_standard_library(paths, environ):
    held = acquire(paths.lock)
    done = subprocess.run(
        [sys.executable, "-S", "-P", str(ROOT / "agent_orchestrator" / "daemon" / "__main__.py")], env=environ
    )
    held.close()
    assert done.returncode == 0
