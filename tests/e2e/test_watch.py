"""What leaves a worktree for the user's checkout is seen while the agent runs, and costs nothing while nothing does."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from agent_orchestrator.engine.drive import watch
from agent_orchestrator.protocol import types as t

FILES = {"a.txt": "first\n", "b.txt": "second\n", "sub/c.txt": "third\n"}
IGNORE = "__pycache__/\n*.log\nnode_modules/\n"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there is no inotify")


class Counter:
    """A function, and how often it was called."""

    def __init__(self, function: Any) -> None:
        self.function, self.calls = function, 0

    async def __call__(self, *args: Any) -> Any:
        self.calls += 1
        return await self.function(*args)


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Counter:
    """The looks at the checkout while agents run."""
    made = Counter(watch.look)
    monkeypatch.setattr(watch, "look", made)
    return made


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Counter:
    """The questions what of it is ignored."""
    made = Counter(watch.ignored)
    monkeypatch.setattr(watch, "ignored", made)
    return made


@pytest.fixture
def begin(world: Any, talking: Any, folder: Path, h: Any) -> Any:
    """Begin sessions of the talker, which run until they are told to end."""
    talker = talking.Talker()
    world.plugins["command"] = lambda _: talker

    async def begin(*scripts: list[Any], **limits: Any) -> list[str]:
        agents = {"talker": {"plugin": "command", "command": ["talker"], "permissions": {"bypass": True}}}
        world.make(FILES, checks={}, agents=agents, ignore=IGNORE, limits=limits or None)
        await world.start()
        ids = []
        for number, steps in enumerate(scripts):
            task = f"Do {number}.\nDO {json.dumps([*steps, ['until', str(folder / 'end')]])}"
            ids.append((await world.call("new", t.NewParams(task=task, agent="talker"))).id)
        for id in ids:
            await world.until(lambda state, id=id: any(f.text.startswith("until") for f in state.sessions[id].facts))
        await h.eventually(lambda: watched(world))
        return ids

    return begin


def watched(world: Any) -> bool:
    """Are all folders of the checkout watched?"""
    found = world.app.context.watches.get("app")
    return found is not None and found.ready


async def told(world: Any, id: str, *paths: str) -> Any:
    """The session, once these files were told of; its turn still runs."""
    state = await world.until(lambda state: {f.path for f in state.sessions[id].outside} >= set(paths), 20.0)
    session = state.sessions[id]
    assert session.running
    return session


def notices(session: Any) -> list[str]:
    return [notice for notice in session.notices if "changed" in notice]


async def test_what_changes_is_told_while_the_agent_runs_and_not_blamed_on_it(begin: Any, world: Any) -> None:
    (id,) = await begin([])
    (world.repo / "a.txt").write_text("by somebody\n")
    session = await told(world, id, "a.txt")
    assert [(f.path, f.by_agent) for f in session.outside] == [("a.txt", False)]
    (notice,) = notices(session)
    assert notice == (
        f"files in {world.repo} changed while the agent ran: a.txt. If that was not you: `ao put-back {id}`"
    )


async def test_what_the_agent_says_that_it_changes_is_told_as_its_own(begin: Any, world: Any, folder: Path) -> None:
    (id,) = await begin([["until", str(folder / "go")], ["edit", str(folder / "repo" / "a.txt"), "escaped\n"]])
    (folder / "go").touch()
    session = await told(world, id, "a.txt")
    assert [(f.path, f.by_agent) for f in session.outside] == [("a.txt", True)]
    (notice,) = notices(session)
    assert notice == f"the agent changed files in {world.repo}: a.txt. Undo that with `ao put-back {id}`"


async def test_it_is_put_back_while_the_agent_runs_and_told_again_when_it_comes_again(begin: Any, world: Any) -> None:
    (id,) = await begin([])
    (world.repo / "a.txt").write_text("escaped\n")
    await told(world, id, "a.txt")
    await world.call("putBack", t.SessionParams(session=id))
    assert (world.repo / "a.txt").read_text() == "first\n"
    assert world.state.sessions[id].outside == ()
    (world.repo / "a.txt").write_text("again\n")
    await told(world, id, "a.txt")


async def test_what_was_there_in_between_is_kept(begin: Any, world: Any, h: Any) -> None:
    (id,) = await begin([])
    for text in ("mine\n", "escaped\n"):
        (world.repo / "a.txt").write_text(text)
        blob = h.git(world.repo, "hash-object", "a.txt")
        await world.until(lambda state, b=blob: any(f.after == b for f in state.sessions[id].outside), 20.0)
    assert len(notices(world.state.sessions[id])) == 1
    mine = h.git(world.repo, "ls-tree", "-r", "--name-only", f"refs/ao/outside/{id}/1").splitlines()
    assert [name.partition("/")[0] for name in mine] == ["after", "before", "earlier"]
    assert h.git(world.repo, "show", f"refs/ao/outside/{id}/1:{mine[-1]}") == "mine"


async def test_in_folders_that_are_new_it_is_seen_as_well(begin: Any, world: Any, looks: Counter) -> None:
    (id,) = await begin([])
    (world.repo / "new" / "deep").mkdir(parents=True)
    (world.repo / "new" / "deep" / "one.txt").write_text("1\n")
    await told(world, id, "new/deep/one.txt")
    (world.repo / "new" / "deep" / "two.txt").write_text("2\n")
    await told(world, id, "new/deep/two.txt")


@pytest.mark.parametrize("what", ["out.log", "node_modules/pkg/index.js", "sub/__pycache__/c.pyc"])
async def test_what_git_ignores_is_not_looked_at(
    begin: Any, world: Any, h: Any, looks: Counter, asked: Counter, what: str
) -> None:
    (id,) = await begin([])
    before = looks.calls
    for number in range(50):
        h.write(world.repo, {what: f"{number}"})
    await h.eventually(lambda: asked.calls)
    await h.eventually(lambda: not world.app.context.watches["app"].pending)
    assert looks.calls == before
    (world.repo / "b.txt").write_text("changed\n")
    session = await told(world, id, "b.txt")
    assert [f.path for f in session.outside] == ["b.txt"]


async def test_many_changes_are_one_look(begin: Any, world: Any, looks: Counter) -> None:
    (id,) = await begin([])
    for number in range(300):
        (world.repo / f"{number}.txt").write_text("x")
    await told(world, id, *(f"{number}.txt" for number in range(300)))
    assert looks.calls <= 3


async def test_the_pause_before_a_look_grows_while_changes_go_on(
    begin: Any, world: Any, h: Any, looks: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses, real_look, real_rest = list[float](), looks.function, watch.rest

    async def rest(seconds: float) -> None:
        pauses.append(seconds)
        await real_rest(min(seconds, 0.01))

    async def and_again(*args: Any) -> Any:
        """A look, after which something changes at once."""
        found = await real_look(*args)
        if looks.calls < 8:
            (world.repo / "b.txt").write_text(f"{looks.calls}\n")
        return found

    (id,) = await begin([])
    monkeypatch.setattr(watch, "rest", rest)
    looks.function = and_again
    (world.repo / "b.txt").write_text("changed\n")
    await h.eventually(lambda: len(pauses) >= 8)
    assert pauses[:8] == pytest.approx([0.3, 0.6, 1.2, 2.4, 4.8, 9.6, watch.PAUSE_MAX, watch.PAUSE_MAX])
    await told(world, id, "b.txt")


async def test_a_look_that_fails_is_not_the_last_one(begin: Any, world: Any, h: Any, looks: Counter) -> None:
    (id,) = await begin([])
    real = looks.function

    async def fails(*args: Any) -> Any:
        looks.function = real
        raise OSError("a disk is gone")

    looks.function = fails
    (world.repo / "b.txt").write_text("changed\n")
    await h.eventually(lambda: looks.function is real)
    (world.repo / "a.txt").write_text("changed\n")
    await told(world, id, "a.txt", "b.txt")


async def test_of_two_agents_the_one_that_says_so_is_told_of(begin: Any, world: Any, folder: Path) -> None:
    edit = ["edit", str(folder / "repo" / "a.txt"), "escaped\n"]
    one, other = await begin([["until", str(folder / "go")], edit], [])
    (folder / "go").touch()
    await told(world, one, "a.txt")
    (folder / "end").touch()
    await world.until(lambda state: all(not s.running for s in state.sessions.values()))
    assert world.state.sessions[other].outside == ()


async def test_a_daemon_that_begins_anew_sees_what_it_missed(begin: Any, world: Any) -> None:
    (id,) = await begin([])
    await world.end()
    (world.repo / "a.txt").write_text("meanwhile\n")
    await world.start()
    await told(world, id, "a.txt")


async def test_at_the_end_of_the_turn_nothing_is_told_twice_and_nothing_is_watched(
    begin: Any, world: Any, folder: Path, h: Any, looks: Counter
) -> None:
    (id,) = await begin([])
    (world.repo / "a.txt").write_text("escaped\n")
    await told(world, id, "a.txt")
    (folder / "end").touch()
    await world.until(lambda state: not state.sessions[id].running)
    session = world.state.sessions[id]
    assert len(notices(session)) == 1
    assert [f.path for f in session.outside] == ["a.txt"]
    assert not world.app.context.watches["app"].ready
    fds = [path.readlink() for path in Path("/proc/self/fd").iterdir() if path.is_symlink()]
    assert "anon_inode:inotify" not in map(str, fds)


async def test_what_lands_meanwhile_is_nobodys_change(begin: Any, world: Any, h: Any, looks: Counter) -> None:
    (id,) = await begin([])
    h.commit(world.repo, {"a.txt": "committed\n", "new.txt": "new\n"})
    await h.eventually(lambda: looks.calls)
    (world.repo / "b.txt").write_text("changed\n")
    session = await told(world, id, "b.txt")
    assert [f.path for f in session.outside] == ["b.txt"]


async def test_where_the_system_lets_nothing_be_watched_it_is_seen_at_the_end(
    begin: Any, world: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch.Inotify, "begin", lambda heard: None)
    (id,) = await begin([])
    (world.repo / "a.txt").write_text("escaped\n")
    (folder / "end").touch()
    await world.until(lambda state: not state.sessions[id].running)
    assert [f.path for f in world.state.sessions[id].outside] == ["a.txt"]
