"""What changes in the user's checkout while an agent runs is told, and can be put back."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.errors import Refused

FILES = {"a.txt": "first\n", "b.txt": "second\n", "sub/c.txt": "third\n"}


@pytest.fixture
async def place(world, h):
    """A checkout with a change that is not committed, and a new file."""
    world.make(FILES, checks={})
    h.write(world.repo, {"b.txt": "mine\n", "new.txt": "new\n"})
    await world.start()

    async def agent_runs(*commands: str) -> Any:
        world.agents_do({"do": [[["shell", command] for command in commands]]})
        id = (await world.call("new", t.NewParams(task="do", agent="scripted"))).id
        state = await world.until(lambda state: any(turn.ended_at for turn in state.sessions[id].turns))
        return state.sessions[id]

    world.agent_runs = agent_runs
    return world


async def put_back(place: Any, session: Any) -> str:
    return (await place.call("putBack", t.SessionParams(session=session.id))).message


async def test_an_agent_that_stays_in_its_worktree_is_not_told_of(place):
    session = await place.agent_runs("echo x >a.txt")
    assert session.outside == ()
    assert not [notice for notice in session.notices if "changed while" in notice]


async def test_files_that_an_agent_writes_in_the_checkout_are_told(place):
    session = await place.agent_runs(f"echo x >{place.repo}/a.txt", f"echo y >{place.repo}/made.txt")
    assert [file.path for file in session.outside] == ["a.txt", "made.txt"]
    (notice,) = [notice for notice in session.notices if "changed while" in notice]
    assert notice.endswith(f"a.txt, made.txt. If that was not you: `ao put-back {session.id}`")


@pytest.mark.parametrize(
    ("command", "path"),
    [
        ("echo x >{}/a.txt", "a.txt"),
        ("rm {}/a.txt", "a.txt"),
        ("echo x >{}/made.txt", "made.txt"),
        ("echo x >>{}/b.txt", "b.txt"),
        ("git -C {} checkout -q -- b.txt", "b.txt"),
        ("rm {}/new.txt", "new.txt"),
        ("rm -r {}/sub", "sub/c.txt"),
    ],
    ids=["committed", "deleted", "made", "edited", "reverted", "untracked", "folder"],
)
async def test_what_was_there_before_is_put_back(place, h, command, path):
    file = place.repo / path
    before = file.read_bytes() if file.exists() else None
    status = h.git(place.repo, "status", "--porcelain")
    session = await place.agent_runs(command.format(place.repo))
    assert [each.path for each in session.outside] == [path]
    assert (await put_back(place, session)).startswith(f"put back: {path}")
    assert (file.read_bytes() if file.exists() else None) == before
    assert h.git(place.repo, "status", "--porcelain") == status
    assert place.state.sessions[session.id].outside == ()


async def test_a_file_that_changed_again_is_left_alone_and_both_contents_are_kept(place, h):
    session = await place.agent_runs(f"echo theirs >{place.repo}/b.txt", f"echo theirs >{place.repo}/a.txt")
    (place.repo / "b.txt").write_text("mine again\n")
    with pytest.raises(Refused, match=r"put back: a.txt; not: b.txt has changed since"):
        await put_back(place, session)
    assert (place.repo / "b.txt").read_text() == "mine again\n"
    kept = f"refs/ao/outside/{session.id}/1"
    assert h.git(place.repo, "show", f"{kept}:before/b.txt") == "mine"
    assert h.git(place.repo, "show", f"{kept}:after/b.txt") == "theirs"


async def test_there_is_nothing_to_put_back_twice(place):
    session = await place.agent_runs(f"echo x >{place.repo}/a.txt")
    await put_back(place, session)
    with pytest.raises(Refused, match="put back already"):
        await put_back(place, session)


async def test_what_a_commit_brings_is_not_told_of(place, h):
    identity = "-c user.name=A -c user.email=a@b.invalid"
    session = await place.agent_runs(f"git -C {place.repo} {identity} commit -qam mine")
    assert [file.path for file in session.outside] == []


async def test_nothing_is_written_through_a_link(place, folder):
    session = await place.agent_runs(f"rm -r {place.repo}/sub")
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    (place.repo / "sub").symlink_to(elsewhere)
    with pytest.raises(Refused, match="is a link now"):
        await put_back(place, session)
    assert list(elsewhere.iterdir()) == []


async def test_a_file_that_can_be_run_still_can(place, h):
    h.commit(place.repo, {"run.sh": "true\n"})
    (place.repo / "run.sh").chmod(0o755)
    session = await place.agent_runs(f"echo false >{place.repo}/run.sh")
    await put_back(place, session)
    assert (place.repo / "run.sh").stat().st_mode & 0o777 == 0o755


async def test_a_file_that_could_be_run_and_was_deleted_can_be_run_again(place, h):
    (place.repo / "run.sh").write_text("true\n")
    (place.repo / "run.sh").chmod(0o755)
    h.git(place.repo, "add", "run.sh")
    h.git(place.repo, "commit", "-qm", "run")
    session = await place.agent_runs(f"rm {place.repo}/run.sh")
    await put_back(place, session)
    assert (place.repo / "run.sh").stat().st_mode & 0o777 == 0o755


async def test_a_file_that_can_not_be_put_back_does_not_keep_the_others_from_it(place):
    session = await place.agent_runs(f"rm -r {place.repo}/sub", f"echo x >{place.repo}/a.txt")
    (place.repo / "sub").write_text("a file now")
    with pytest.raises(Refused, match=r"put back: a.txt; not: sub/c.txt: "):
        await put_back(place, session)
    assert (place.repo / "a.txt").read_text() == "first\n"


async def test_names_that_are_no_text_are_told_of_and_harm_nothing(place):
    Path(os.fsdecode(os.fsencode(place.repo) + b"/b\xff.txt")).write_text("mine")
    session = await place.agent_runs(f"echo x >{place.repo}/a.txt")
    assert [file.path for file in session.outside] == ["a.txt"]
