"""What the CI and the reviewers of pull requests say, at the lines of the files that the person has before them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from attrs import evolve

from agent_orchestrator.daemon.commands.table import COMMANDS
from agent_orchestrator.daemon.forges import Forges
from agent_orchestrator.daemon.viewed import Viewed
from agent_orchestrator.model.pull import CheckState, Thread
from agent_orchestrator.model.report import Finding, Kind
from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.errors import Refused

CODE = "a = 1\nb = 2\nc = 3\nd = 4\n"


@pytest.fixture
async def forge(world, h, at_forge):
    """A project with a pull request at the commit that is checked out."""
    checks = {"unit": {"command": ["true"]}}
    head = world.make({"x.py": CODE, "y.py": CODE}, checks=checks, **at_forge.AT_A_FORGE)
    await world.start()
    async with at_forge.placing(world) as placed:
        forge = at_forge.Forge(world, head)
        forge.placing = placed
        await forge.follow()
        yield forge


@pytest.fixture
async def editor(forge, editors):
    """An editor on its files."""
    return await editors()


def lines(editor, name="x.py"):
    return [d["range"]["start"]["line"] for d in editor.shown(name)]


async def rows(world):
    while world.app.placements.busy:
        told = asyncio.Event()
        world.app.placements.listeners.append(told.set)
        await told.wait()
        world.app.placements.listeners.remove(told.set)
    return (await world.call("failures", t.ProjectParams())).failures


def sources(editor, name="x.py"):
    return [d["source"] for d in editor.shown(name)]


# CI


async def test_what_ci_found_is_an_error_at_its_line_that_names_the_job_and_leads_to_the_log(forge, editor, at_forge):
    await forge.read(at_forge.red(at_forge.job(), at_forge.found(2)))
    await editor.idle()
    (shown,) = editor.shown("x.py")
    assert (shown["source"], shown["severity"], shown["range"]["start"]["line"]) == ("ci:CI/test", 1, 1)
    assert shown["codeDescription"] == {"href": "https://forge.example/test"}
    assert shown["message"] == "assert 1 == 2\n(in #12)"


@pytest.mark.parametrize(
    "url", ["command:workbench.action.terminal.new", "javascript:1", "file:///etc", "https://x\ny"]
)
async def test_the_page_of_a_check_is_a_link_only_where_it_is_on_the_web(forge, editor, at_forge, url):
    await forge.read(at_forge.red(evolve(at_forge.job(), url=url), at_forge.found(2)))
    await editor.idle()
    assert ["codeDescription" in d for d in editor.shown("x.py")] == [False]


async def test_its_line_is_where_it_is_in_the_file_as_it_lies(world, forge, editor, at_forge):
    (world.repo / "x.py").write_text(f"# new\n{CODE}")
    await forge.read(at_forge.red(at_forge.job(), at_forge.found(2)))
    await editor.idle()
    assert lines(editor) == [2]


async def test_it_is_shown_once_its_line_is_known_and_never_as_old_before(forge, editor, at_forge):
    await forge.read(at_forge.red(at_forge.job(), at_forge.found(2)))
    await editor.idle()
    assert editor.published == [editor.uri("x.py")]


async def test_a_line_that_was_edited_since_is_shown_where_it_was_and_said_to_be_old(world, forge, editor, at_forge):
    (world.repo / "x.py").write_text(CODE.replace("b = 2", "b = 5").replace("a = 1\n", "a = 1\nnew\n"))
    await forge.read(at_forge.red(at_forge.job(), at_forge.found(2), at_forge.found(4)))
    await editor.idle()
    assert lines(editor) == [1, 4]
    assert ["edited since" in d["message"] for d in editor.shown("x.py")] == [True, False]
    assert [d["severity"] for d in editor.shown("x.py")] == [4, 1]


async def test_of_a_head_that_can_not_be_had_no_line_is_known(forge, editor, at_forge):
    await forge.see(head="c" * 40)
    await forge.read(at_forge.red(at_forge.job(), at_forge.found(2)))
    await editor.idle()
    assert ["edited since" in d["message"] for d in editor.shown("x.py")] == [True]


async def test_a_head_that_is_only_at_the_forge_is_fetched_and_tried_again_after_a_look(
    world, h, forge, editor, at_forge
):
    theirs = world.folder / "theirs"
    h.git(world.folder, "clone", "-q", str(world.repo), str(theirs))
    h.git(theirs, "config", "user.name", "A Person")
    h.git(theirs, "config", "user.email", "person@example.org")
    await forge.see(head=h.commit(theirs, {"x.py": f"# theirs\n{CODE}"}))
    await forge.read(at_forge.red(at_forge.job(), at_forge.found(3)))
    await editor.idle()
    assert ["stale" in d["data"] for d in editor.shown("x.py")] == [True]
    h.git(world.repo, "remote", "add", "origin", str(theirs))
    forge.placing.looked("app")
    await editor.idle()
    assert (lines(editor), ["stale" in d["data"] for d in editor.shown("x.py")]) == ([1], [False])


async def test_it_follows_what_is_typed_and_what_is_saved(world, forge, editor, at_forge):
    await forge.read(at_forge.red(at_forge.job(), at_forge.found(2)))
    await editor.idle()
    editor.open("x.py")
    editor.edit("x.py", (0, 0), (0, 0), "# new\n")
    await editor.until(lambda: lines(editor) == [2])
    (world.repo / "x.py").write_text(f"# new\n{CODE}")
    editor.save("x.py")
    await editor.idle()
    assert lines(editor) == [2]
    editor.edit("x.py", (0, 0), (0, 0), "# more\n", 3)
    await editor.until(lambda: lines(editor) == [3])


async def test_a_file_that_git_knows_to_be_renamed_is_followed(world, h, forge, editor, at_forge):
    h.git(world.repo, "mv", "x.py", "z.py")
    await forge.read(at_forge.red(at_forge.job(), at_forge.found(2)))
    await editor.idle()
    assert (lines(editor, "z.py"), lines(editor)) == ([1], [])


async def test_jobs_of_one_matrix_that_find_the_same_are_one_row_and_another_finding_is_another(forge, world, at_forge):
    same, other = at_forge.found(2), at_forge.found(3)
    one, two = (at_forge.job(f"test ({version})") for version in ("3.11", "3.12"))
    await forge.read(at_forge.red(one, same, other), at_forge.red(two, same))
    assert [(row.check, row.line) for row in await rows(world)] == [
        ("ci:CI/test (3.11 | 3.12)", 2),
        ("ci:CI/test (3.11)", 3),
    ]


async def test_what_fails_here_too_is_one_row_the_one_from_here(red, at_forge):
    await red.call("check", t.CheckParams())
    (here,) = await rows(red)
    forge = at_forge.Forge(red, "c" * 40)
    await forge.follow()
    await forge.read(at_forge.red(at_forge.job(), at_forge.found(3, path="half.py", signature=here.id)))
    (row,) = await rows(red)
    assert (row.check, row.line, row.also) == ("unit", here.line, ("ci:CI/test of #12",))


async def test_a_job_that_failed_for_no_reason_that_was_found_is_a_row_of_the_project(forge, editor, at_forge):
    await forge.read(at_forge.red(at_forge.job("deploy"), missing=("its log is gone",)))
    await editor.idle()
    (shown,) = editor.shown("agent-orchestrator.yaml")
    assert (shown["source"], shown["message"]) == ("ci:CI/deploy", "CI/deploy failed; its log is gone\n(in #12)")
    assert "Mute as flake" not in await editor.actions("agent-orchestrator.yaml", 0)


async def test_what_fails_on_the_base_as_well_is_said(forge, editor, at_forge):
    await forge.read(at_forge.red(at_forge.job(), at_forge.found(2)), base_failed=("CI/test",))
    await editor.idle()
    assert editor.shown("x.py")[0]["message"].endswith("(in #12; fails on main too)")


async def test_what_passes_is_taken_back(forge, editor, at_forge):
    await forge.read(at_forge.red(at_forge.job(), at_forge.found(2)))
    await forge.see(checks=(at_forge.job(state=CheckState.PASSED),))
    await editor.idle()
    assert editor.shown("x.py") == []


async def test_what_passes_when_it_is_run_again_is_flaky(forge, editor, at_forge):
    await forge.read(at_forge.red(at_forge.job(), at_forge.found(2)))
    await forge.repeat("id-test")
    await forge.see(checks=(at_forge.job(state=CheckState.PASSED),))
    await editor.idle()
    (shown,) = editor.shown("x.py")
    assert (shown["severity"], shown["data"]["state"]) == (4, "flaky")
    assert "failed, and passed when it was run again" in shown["message"]


async def test_of_one_that_is_merged_nothing_is_shown(forge, editor, at_forge):
    await forge.read(at_forge.red(at_forge.job(), at_forge.found(2)))
    await forge.see(state="merged")
    await editor.idle()
    assert (editor.shown("x.py"), await rows(forge.world)) == ([], ())


async def test_what_ci_found_can_be_muted_and_is_shown_as_that_for_as_long_as_ci_finds_it(forge, editor, at_forge):
    await forge.read(at_forge.red(at_forge.job(), at_forge.found(2)))
    await editor.idle()
    await editor.run_action((await editor.actions("x.py", 1))["Mute as flake"])
    await editor.idle()
    assert editor.shown("x.py")[0]["data"]["state"] == "muted"
    assert "Unmute" in await editor.actions("x.py", 1)
    await forge.see(state="closed")
    await editor.idle()
    assert editor.shown("x.py") == []


async def test_its_actions_name_the_pull_request_and_the_check(forge, editor, at_forge):
    await forge.read(at_forge.red(at_forge.job(), at_forge.found(2)))
    await editor.idle()
    found = await editor.actions("x.py", 1, editor.shown("x.py"))
    pull = {"project": "app", "pull": at_forge.KEY}
    assert {title: (a["command"]["command"], a["command"]["arguments"][0]) for title, a in found.items()} == {
        "Fix with agent": ("ao.ciFix", {**pull, "check": "CI/test"}),
        "Run the failed jobs of #12 again": ("ao.ciRerun", pull),
        "Show the CI log of #12": ("ao.ciLog", {**pull, "check": "CI/test"}),
        "Mute as flake": ("ao.mute", {"failure": "x.py:2"}),
    }


async def test_a_hunt_is_not_after_what_only_ci_sees(forge, at_forge):
    await forge.read(at_forge.red(at_forge.job(), at_forge.found(2)))
    with pytest.raises(Refused, match=r"only CI sees 'x\.py:2': `ao fix-ci 12`"):
        await forge.world.call("hunt", t.HuntParams(failures=("x.py:2",)))


async def test_files_that_did_not_change_are_not_compared_again(forge, editor, at_forge, monkeypatch):
    await forge.read(at_forge.red(at_forge.job(), at_forge.found(2)))
    await editor.idle()
    compared = []
    monkeypatch.setattr(type(forge.placing), "_compared", lambda *given: compared.append(given))
    await forge.see(title="Mend it all")
    forge.placing.looked("app")
    await editor.idle()
    assert (compared, lines(editor)) == ([], [1])


async def test_what_a_log_says_of_a_file_outside_of_the_project_is_read_nowhere(world, forge, editor, at_forge):
    (world.repo.parent / "secret.py").write_text(CODE)
    (world.repo / "link.py").symlink_to(world.repo.parent / "secret.py")
    outside = [at_forge.found(2, path=path) for path in ("../secret.py", "link.py")]
    await forge.read(at_forge.red(at_forge.job(), *outside))
    await editor.idle()
    assert [row.stale for row in await rows(world)] == [True, True]


async def test_after_a_look_at_the_forge_whatever_it_said_lines_are_looked_for_again(world, h, forge):
    looked = []
    looking = asyncio.create_task(Forges(world.app, looked.append).run())
    await h.eventually(lambda: looked)
    looking.cancel()
    assert looked == ["app"]


async def test_a_look_that_is_asked_for_during_a_look_is_made_after_it(world, h, forge, monkeypatch):
    made = []

    async def look(context, project, looks):
        made.append(project)
        if len(made) == 1:
            forges.look_again("app")
        return context.now() + 3600.0

    monkeypatch.setattr("agent_orchestrator.daemon.forges.look", look)
    forges = Forges(world.app)
    looking = asyncio.create_task(forges.run())
    await h.eventually(lambda: len(made) == 2, 20.0)
    looking.cancel()


# Reviews


def on(line, path="x.py", id="T1", **more):
    return Thread(id, path, line, **more)


async def test_what_a_reviewer_says_is_shown_at_its_line_with_the_answers(world, forge, editor, at_forge):
    (world.repo / "x.py").write_text(f"# new\n{CODE}")
    said = (at_forge.comment("why two?"), at_forge.comment("because", "ben", number=2))
    await forge.say(*said, threads=(on(2),))
    await editor.idle()
    (shown,) = editor.shown("x.py")
    assert (shown["source"], shown["severity"], shown["range"]["start"]["line"]) == ("review:@ana", 3, 2)
    assert shown["message"] == "why two?\n@ben: because\n(in #12)"
    assert shown["codeDescription"] == {"href": "https://forge.example/c1"}


async def test_it_is_nothing_red(forge, editor, at_forge):
    await forge.say(at_forge.comment("why two?"), threads=(on(2),))
    await editor.idle()
    assert await rows(forge.world) == ()
    assert editor.changed[-1]["failures"] == 0


async def test_one_that_is_outdated_is_shown_as_old_and_one_that_is_resolved_is_not(forge, editor, at_forge):
    threads = (on(0, outdated=True), on(3, id="T2", resolved=True))
    await forge.say(at_forge.comment("old"), at_forge.comment("done", thread="T2", number=2), threads=threads)
    await editor.idle()
    assert [d["message"] for d in editor.shown("x.py")] == ["old\n(edited since; in #12)"]


async def test_who_has_no_write_access_is_shown_as_held_and_can_be_let_through(forge, editor, at_forge):
    await forge.say(at_forge.comment("do it", "eve", may_push=False), threads=(on(2),))
    await editor.idle()
    editor.messages.clear()
    assert editor.shown("x.py")[0]["message"] == "do it\n(in #12; @eve is held: no write access)"
    found = await editor.actions("x.py", 1)
    pull = {"project": "app", "pull": at_forge.KEY}
    assert {title: (a["command"]["command"], a["command"]["arguments"][0]) for title, a in found.items()} == {
        "Reply …": ("ao.compose", {**pull, "thread": "T1"}),
        "Resolve": ("ao.commentResolve", {**pull, "thread": "T1"}),
        "Let @eve be heard once": ("ao.commentAllow", {**pull, "comment": "C1", "always": False}),
        "Let @eve be heard always": ("ao.commentAllow", {**pull, "comment": "C1", "always": True}),
        "Ignore @eve": ("ao.authorIgnore", {"project": "app", "author": "eve"}),
    }


async def test_who_is_ignored_is_not_shown(world, forge, editor, at_forge):
    project = world.state.projects["app"]
    world.app.engine.state = evolve(world.state, projects={"app": evolve(project, ignored=("eve",))})
    await forge.say(at_forge.comment("do it", "eve", may_push=False), threads=(on(2),))
    await editor.idle()
    assert editor.shown("x.py") == []


async def test_threads_are_told_with_their_comments_at_the_lines_of_the_checkout(world, forge, editor, at_forge):
    (world.repo / "x.py").write_text(f"# new\n{CODE}")
    await forge.say(at_forge.comment("why two?"), threads=(on(2),))
    await editor.idle()
    (thread,) = (await editor.request("ao/threads", {"project": "app"}))["threads"]
    assert (thread["thread"], thread["path"], thread["line"], thread["stale"]) == ("T1", "x.py", 3, False)
    assert [(c["author"], c["text"], c["heard"]) for c in thread["comments"]] == [("ana", "why two?", True)]


async def test_an_answer_is_written_as_a_file_and_said_when_it_is_saved(world, forge, editor, at_forge, monkeypatch):
    said = []

    async def reply(app, params, client):
        said.append(params)
        return t.Done(message="said")

    monkeypatch.setitem(COMMANDS, "commentReply", reply)
    await forge.say(at_forge.comment("why two?"), threads=(on(2),))
    await editor.idle()
    shown = await editor.run_action((await editor.actions("x.py", 1))["Reply …"])
    await editor.take("window/showDocument")
    path = Path(shown["path"])
    template = path.read_text()
    assert "# An answer to: @ana in #12: why two?" in template
    path.write_text(f"Because of three.\n{template}")
    editor.notify("textDocument/didSave", {"textDocument": {"uri": path.as_uri()}})
    assert (await editor.take("window/showMessage"))["message"] == "said"
    assert said == [t.ReplyParams(project="app", pull=at_forge.KEY, thread="T1", text="Because of three.")]


# What a person must act on


async def test_a_held_comment_is_asked_about_once_and_taken_back_when_it_was_let_through(forge, editor, at_forge):
    editor.answers.pop("window/showMessageRequest")
    await editor.idle()
    await forge.say(at_forge.comment("do it", "eve", may_push=False), threads=(on(2),))
    asked = await editor.take("window/showMessageRequest")
    assert asked["message"] == "#12 Mend it: 1 comment from @eve held: no write access"
    assert [action["title"] for action in asked["actions"]] == ["Let it be heard once", "Always hear @eve"]
    await forge.see(title="Mend it all")
    await forge.allow("C1@")
    await editor.until(lambda: editor.withdrawn == [editor.asked["window/showMessageRequest"]])


async def test_of_a_program_and_of_what_is_resolved_nobody_is_asked(forge, editor, at_forge):
    await editor.idle()
    said = (
        at_forge.comment("coverage", "cov", bot=True, may_push=False),
        at_forge.comment("done", "eve", may_push=False, thread="T2", number=2),
    )
    await forge.say(*said, threads=(on(2), on(3, id="T2", resolved=True)))
    await editor.idle()
    assert editor.messages == []


async def test_thousands_of_findings_are_made_once(forge, editor, at_forge, world):
    findings = tuple(
        Finding(f"R@f{n % 100}.py", Kind.LINT, "no", "R", f"f{n % 100}.py", n, signature=f"s{n}") for n in range(5000)
    )
    await forge.read(at_forge.red(at_forge.job(), *findings))
    await editor.idle()
    core = Viewed(world.app)
    assert core.problems("app") is core.problems("app")
    assert len(core.failures("app")) == 5000


# From the forge to the file

LOG = """\
2026-01-01T00:00:00.0000000Z ##[group]Run mypy
2026-01-01T00:00:00.0000000Z mypy .
2026-01-01T00:00:00.0000000Z ##[endgroup]
2026-01-01T00:00:01.0000000Z x.py:2: error: Returns int  [return-value]
2026-01-01T00:00:01.0000000Z ##[error]Process completed with exit code 1.
"""


async def test_what_github_says_of_the_persons_branch_is_in_the_file_and_an_answer_is_said_there(
    world, h, forged, editors, at_forge
):
    with forged.AtGitHub(world, h.git) as hub:
        hub.make({"x.py": CODE}, checks={"unit": {"command": ["true"]}}, scm={"rerun": 0})
        h.git(world.repo, "checkout", "-q", "-b", "feature")
        h.commit(world.repo, {"y.py": CODE})
        h.git(world.repo, "push", "-q", "origin", "feature")
        hub.forge.sync()
        pull = hub.shop.pull(head="feature", title="Mend it")
        hub.fails(pull, LOG)
        pull.thread("y.py", 3, "why three?", "ann")
        h.git(world.repo, "checkout", "-q", "main")
        await hub.start()
        h.git(world.repo, "checkout", "-q", "feature")
        (world.repo / "x.py").write_text(f"# new\n{CODE}")
        async with at_forge.placing(world):
            editor = await editors()
            await asyncio.wait_for(hub.until(lambda s: any(w.reds and w.comments for w in s.pulls.values())), 20)
            await editor.idle()
            assert (sources(editor), lines(editor)) == (["ci:CI/test"], [2])
            assert (sources(editor, "y.py"), lines(editor, "y.py")) == (["review:@ann"], [2])
            resolve = (await editor.actions("y.py", 2))["Resolve"]
            await editor.run_action(resolve)
            await editor.until(lambda: not sources(editor, "y.py"))
            assert pull.threads[0].resolved_by
        await hub.rest()
