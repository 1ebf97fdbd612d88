"""What is shown, when it is sent again, and what can be done about it from the editor."""

from __future__ import annotations

import asyncio

import pytest

from agent_orchestrator.lsp.diagnostics import MAX_PER_FILE
from agent_orchestrator.protocol import types as t

#: A linter whose findings are the lines of a file: ``path:line:column: RULE message``.
WORDS = {
    "command": ["cat", "findings.txt"],
    "format": [
        {"regexp": r"^(.+?):(\d+):(\d+): (\w+) (.+)$", "file": 1, "line": 2, "column": 3, "code": 4, "message": 5}
    ],
    "on": ["save"],
}
CODE = "a = 1\nb = 2\nc = 3\nd = 4\n"


@pytest.fixture
async def linted(world):
    """A repository with two findings of one rule in one file, one in another, and no diagnostics shown so far."""
    found = "x.py:2:1: BAD first\nx.py:4:1: BAD second\ny.py:1:1: BAD third\n"
    world.make({"x.py": CODE, "y.py": CODE, "findings.txt": found}, checks={"words": WORDS})
    world.agents_do({"": [[["write", "findings.txt", ""]]]})
    await world.start()
    return world


@pytest.fixture
async def shown(linted, editors):
    """An editor that shows the findings."""
    editor = await editors()
    await editor.command("ao.check")
    await editor.idle()
    return editor


def finds(world, text):
    """The linter finds other things from now on."""
    (world.repo / "findings.txt").write_text(text)


def lines(editor, name):
    return [d["range"]["start"]["line"] for d in editor.shown(name)]


async def test_only_files_that_changed_are_sent_again(linted, shown):
    shown.published.clear()
    finds(linted, "x.py:2:1: BAD first\ny.py:1:1: BAD third\n")
    await shown.command("ao.check")
    await shown.idle()
    assert shown.published == [shown.uri("x.py")]
    assert lines(shown, "x.py") == [1]


async def test_nothing_is_sent_for_files_that_never_had_anything(linted, editors):
    finds(linted, "")
    editor = await editors()
    editor.open("x.py")
    editor.edit("x.py", (0, 0), (0, 0), "# new\n")
    await editor.command("ao.check")
    await editor.idle()
    assert editor.published == []


async def test_what_is_mended_is_taken_back_once(linted, shown):
    shown.published.clear()
    finds(linted, "")
    for _ in range(2):
        await shown.command("ao.check")
        await shown.idle()
    assert sorted(shown.published) == [shown.uri("x.py"), shown.uri("y.py")]
    assert (shown.shown("x.py"), shown.shown("y.py")) == ([], [])


async def test_of_one_file_so_many_are_shown_and_the_rest_is_counted(linted, shown):
    finds(linted, "".join(f"x.py:{n}:1: R{n} here\n" for n in range(1, MAX_PER_FILE + 51)))
    await shown.command("ao.check")
    await shown.idle()
    found = shown.shown("x.py")
    assert len(found) == MAX_PER_FILE
    assert found[-1]["message"] == "and 51 more in this file"


async def test_a_line_that_is_inserted_above_moves_a_diagnostic(shown):
    shown.open("x.py")
    shown.edit("x.py", (0, 0), (0, 0), "# new\n")
    await shown.until(lambda: lines(shown, "x.py") == [2, 4])
    assert ["stale" in d["data"] for d in shown.shown("x.py")] == [False, False]


async def test_an_edited_line_makes_its_diagnostic_stale_and_undoing_that_makes_it_good(shown):
    shown.open("x.py")
    shown.edit("x.py", (1, 0), (1, 1), "bb")
    await shown.until(lambda: ["stale" in d["data"] for d in shown.shown("x.py")] == [True, False])
    assert "edited since" in shown.shown("x.py")[0]["message"]
    shown.edit("x.py", (1, 0), (1, 2), "b", 3)
    await shown.until(lambda: ["stale" in d["data"] for d in shown.shown("x.py")] == [False, False])


async def test_actions_are_offered_where_the_diagnostic_is_now(shown):
    shown.open("x.py")
    shown.edit("x.py", (0, 0), (0, 0), "# new\n")
    assert "Fix with agent" in await shown.actions("x.py", 2)
    assert await shown.actions("x.py", 1) == {}


async def test_a_save_is_checked_and_its_lines_are_those_of_the_saved_text(linted, shown):
    shown.open("x.py")
    shown.edit("x.py", (0, 0), (0, 0), "# new\n")
    (linted.repo / "x.py").write_text(f"# new\n{CODE}")
    finds(linted, "x.py:3:1: BAD first\n")
    shown.save("x.py")
    await shown.until(lambda: lines(shown, "x.py") == [2])


async def test_many_saves_are_one_check(linted, shown):
    counted = {"words": {**WORDS, "command": "echo x >> ran.txt; cat findings.txt"}}
    linted.configure(checks=counted)
    await linted.call("trust", t.TrustParams())
    for _ in range(10):
        shown.save("x.py")
    await shown.idle()
    assert (linted.repo / "ran.txt").read_text() == "x\n"
    shown.messages.clear()


async def test_two_editors_and_the_command_line_see_a_change(linted, shown, editors):
    other = await editors()
    await other.until(lambda: other.shown("x.py"))
    finds(linted, "x.py:1:1: BAD else\n")
    await linted.call("check", t.CheckParams())
    await asyncio.gather(*(e.until(lambda e=e: lines(e, "x.py") == [0]) for e in (shown, other)))
    rows = (await linted.call("failures", t.ProjectParams())).failures
    assert [(row.path, row.line) for row in rows] == [("x.py", 1)]


async def test_word_of_changes_is_paced(linted, shown):
    shown.changed.clear()
    loop = asyncio.get_running_loop()
    begun = loop.time()
    for _ in range(200):
        await linted.call("pause", t.PauseParams())
        await linted.call("resume", t.PauseParams())
    await shown.idle()
    allowed = (loop.time() - begun) / 0.02 + 2
    assert 1 <= len(shown.changed) <= allowed
    assert shown.changed[-1] == {"revision": linted.state.revision, "sessions": 0, "failures": 3}


# Push or pull

PULLS = {"textDocument": {"diagnostic": {}}, "workspace": {"diagnostics": {"refreshSupport": True}}}


async def pull(editor, name, known=None):
    params = {"textDocument": {"uri": editor.uri(name)}, "previousResultId": known}
    return await editor.request("textDocument/diagnostic", params)


async def pull_all(editor, known=()):
    return (await editor.request("workspace/diagnostic", {"previousResultIds": list(known)}))["items"]


@pytest.fixture
async def pulling(linted, editors):
    """A client that comes for its diagnostics, and can be told to."""
    editor = await editors(capabilities=PULLS)
    editor.answers["workspace/diagnostic/refresh"] = {}
    await editor.command("ao.check")
    await editor.take("workspace/diagnostic/refresh")
    await editor.idle()
    yield editor
    editor.messages.clear()


REFRESHED = {"codeLens": {"refreshSupport": True}, "inlayHint": {"refreshSupport": True}}


async def test_a_client_asks_for_lenses_and_hints_again_when_they_are_others_and_only_then(linted, editors):
    editor = await editors(capabilities={"workspace": REFRESHED})
    asked = ["workspace/codeLens/refresh", "workspace/inlayHint/refresh"]
    for method in asked:
        editor.answers[method] = {}
    await editor.idle()
    await editor.command("ao.check")
    await editor.idle()
    # The findings, whose owners and places are in both.
    assert [method for method, _ in editor.messages] == asked
    editor.messages.clear()
    await editor.command("ao.check")
    await editor.idle()
    assert editor.messages == []


async def test_a_client_that_pulls_is_sent_nothing(pulling):
    assert pulling.published == []
    assert pulling.capabilities["diagnosticProvider"]["workspaceDiagnostics"]


async def test_a_client_that_pulls_gets_a_file_and_then_no_more_than_it_knows(pulling):
    first = await pull(pulling, "x.py")
    assert [d["range"]["start"]["line"] for d in first["items"]] == [1, 3]
    assert await pull(pulling, "x.py", first["resultId"]) == {"kind": "unchanged", "resultId": first["resultId"]}
    assert (await pull(pulling, "none.py"))["items"] == []


async def test_a_client_that_pulls_everything_is_told_of_what_is_no_more(linted, pulling):
    before = {report["uri"]: report for report in await pull_all(pulling)}
    assert sorted(before) == [pulling.uri("x.py"), pulling.uri("y.py")]
    finds(linted, "y.py:1:1: BAD third\n")
    await pulling.command("ao.check")
    await pulling.idle()
    known = [{"uri": uri, "value": report["resultId"]} for uri, report in before.items()]
    after = {report["uri"]: report for report in await pull_all(pulling, known)}
    assert after[pulling.uri("x.py")]["items"] == []
    assert after[pulling.uri("y.py")]["kind"] == "unchanged"


async def test_a_client_that_can_not_be_told_to_pull_is_not_told(linted, editors):
    editor = await editors(capabilities={"textDocument": {"diagnostic": {}}})
    await editor.command("ao.check")
    await editor.idle()
    assert len((await pull(editor, "x.py"))["items"]) == 2


# What can be done


async def test_a_rule_is_offered_as_a_whole_in_the_file_and_in_the_workspace(linted, shown):
    actions = await shown.actions("x.py", 1)
    offered = {title: a["data"]["arguments"]["failures"] for title, a in actions.items() if "all of" in title}
    assert {title: len(ids) for title, ids in offered.items()} == {
        "Fix all of BAD in this file": 2,
        "Fix all of BAD in the workspace": 3,
    }


async def test_a_failure_is_muted_and_unmuted_by_actions(red, editor):
    await editor.command("ao.check")
    await red.call("hunt", t.HuntParams(dry_run=True))
    await editor.idle()
    await editor.run_action((await editor.actions("tests/test_half.py", 4))["Mute as flake"])
    await editor.until(lambda: editor.shown("tests/test_half.py")[0]["data"]["state"] == "muted")
    assert editor.shown("tests/test_half.py")[0]["severity"] == 4
    await editor.run_action((await editor.actions("tests/test_half.py", 4))["Unmute"])
    await editor.until(lambda: editor.shown("tests/test_half.py")[0]["data"]["state"] == "open")


async def test_a_failure_that_no_hunt_knows_of_is_muted_before_one_begins(red, editor):
    await editor.command("ao.check")
    await editor.idle()
    await editor.run_action((await editor.actions("tests/test_half.py", 4))["Mute as flake"])
    await editor.until(lambda: editor.shown("tests/test_half.py")[0]["data"]["state"] == "muted")
    row = await red.hunt()
    assert (row.sessions, [f.state for f in row.failures]) == ((), ["muted"])


async def test_the_choice_of_an_agent_is_asked_for(ed, red, editor):
    await editor.command("ao.check")
    await editor.idle()
    action = (await editor.actions("tests/test_half.py", 4))["Fix with …"]
    with pytest.raises(ed.RpcError, match="no agent was chosen"):
        await editor.run_action(action)
    asked = await editor.take("window/showMessageRequest")
    assert "scripted" in [choice["title"] for choice in asked["actions"]]
    editor.answers["window/showMessageRequest"] = lambda params: params["actions"][-1]

    def choose(params):
        titles = [choice["title"] for choice in params["actions"]]
        return {"title": "scripted" if "scripted" in titles else titles[-1]}

    editor.answers["window/showMessageRequest"] = choose
    assert (await editor.run_action(action))["hunt"]["id"]
    await editor.take("window/showMessageRequest")
    await editor.take("window/showMessageRequest")
    await red.until(lambda s: bool(s.landings) and all(x.landed_at for x in s.landings.values()))
    assert [s.agent for s in red.state.sessions.values()] == ["scripted"]


@pytest.fixture
async def claimed(red, editor, h):
    """An agent thinks for ever about the failing test, and the editor shows that."""
    red.agents_do({"": [[["hang"]]]})
    await editor.command("ao.check")
    await editor.command("ao.hunt", checkout="never")
    await h.eventually(red.told)
    await editor.until(lambda: [d for d in editor.shown("tests/test_half.py") if "working" in d["message"]])
    return editor


async def test_a_failure_that_has_an_owner_shows_it_and_can_be_stopped(red, claimed):
    actions = await claimed.actions("tests/test_half.py", 4)
    assert "Fix with agent" not in actions
    (session,) = red.state.sessions
    await claimed.run_action(actions[f"Stop {session}"])
    await claimed.until(lambda: claimed.shown("tests/test_half.py")[0]["data"]["state"] != "claimed")
    await claimed.idle()


async def test_a_lens_and_a_hint_say_who_is_at_it(red, claimed):
    (session,) = red.state.sessions
    document = {"uri": claimed.uri("tests/test_half.py")}
    (lens,) = await claimed.request("textDocument/codeLens", {"textDocument": document})
    span = {"start": {"line": 0, "character": 0}, "end": {"line": 9, "character": 0}}
    (hint,) = await claimed.request("textDocument/inlayHint", {"textDocument": document, "range": span})
    assert lens["command"]["title"] == f"Show {session}: working"
    assert (hint["label"], hint["position"]) == (f"{session}: working", {"line": 4, "character": 25})
    assert lens["command"]["title"] in await claimed.actions("tests/test_half.py", 4)


async def test_what_an_owner_does_is_shown(red, claimed):
    (session,) = red.state.sessions
    await claimed.command("ao.showOwner", session=session)
    assert session in (await claimed.take("window/showMessage"))["message"]
    await claimed.command("ao.showLog", session=session)
    assert (await claimed.take("window/showDocument"))["uri"].endswith("/log")


async def test_a_landing_is_undone_by_an_action(red, editor):
    await editor.command("ao.check")
    await editor.command("ao.hunt", checkout="never")
    await editor.until(lambda: [d for d in editor.shown("tests/test_half.py") if "landing" in d["data"]])
    await editor.idle()
    actions = await editor.actions("tests/test_half.py", 4)
    (undo,) = [action for title, action in actions.items() if title.startswith("Undo the landing")]
    assert (await editor.run_action(undo))["id"]
    await red.until(lambda s: len([x for x in s.landings.values() if x.landed_at]) == 2)
    await editor.idle()
    editor.messages.clear()


async def test_another_servers_diagnostic_can_be_given_to_an_agent(linted, shown):
    linted.agents_do({"": [[["append", "x.py", "# fixed\n"]]]})
    span = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 1}}
    for source in ("other", "aother"):
        actions = await shown.actions("x.py", 0, [{"range": span, "message": "is odd\nvery", "source": source}])
        assert list(actions) == ["Fix with agent: is odd"]
    action = actions["Fix with agent: is odd"]
    assert action["data"]["arguments"]["task"] == "Fix in x.py, line 1: aother: is odd\nvery"
    assert (await shown.run_action(action))["id"]
    await linted.until(lambda s: any(x.turns and x.turns[-1].ended_at for x in s.sessions.values()))
    await shown.idle()
    shown.messages.clear()


async def test_our_own_diagnostics_are_not_taken_for_another_servers(shown):
    found = shown.shown("x.py")[0]
    own = [found, {**found, "source": "ao"}]
    assert not [title for title in await shown.actions("x.py", 0, own) if title.startswith("Fix with agent:")]


# What a person must act on


@pytest.fixture
async def held(red, editor):
    """An agent has deleted the failing test, which the guard holds; the person was asked, and has not answered."""
    editor.answers["window/showMessageRequest"] = None
    red.agents_do({"": [[["delete", "tests/test_half.py"]]]})
    await editor.command("ao.hunt", checkout="never")
    asked = await editor.take("window/showMessageRequest")
    return editor, asked


async def answer(editor, title):
    editor.send({"jsonrpc": "2.0", "id": editor.asked["window/showMessageRequest"], "result": {"title": title}})


async def test_what_is_held_is_asked_about_once(red, held, editors):
    editor, asked = held
    assert ": held. " in asked["message"]
    assert [a["title"] for a in asked["actions"]] == ["Show what it changed", "Allow and land"]
    await red.call("pause", t.PauseParams())
    await editor.idle()
    assert editor.messages == []
    # Who comes later finds a state, and is asked nothing.
    late = await editors()
    await late.idle()
    assert late.messages == []


async def test_what_is_held_can_be_looked_at(held):
    editor, _ = held
    await answer(editor, "Show what it changed")
    assert (await editor.take("window/showDocument"))["uri"].endswith(".diff")


async def test_what_is_held_can_be_allowed(red, held):
    editor, _ = held
    await answer(editor, "Allow and land")
    await red.until(lambda s: any(x.landed_at for x in s.landings.values()))
    await editor.idle()


async def test_what_an_agent_left_is_asked_about_once_and_can_be_tried_again(red, editor):
    editor.answers["window/showMessageRequest"] = None
    red.agents_do({"": [[["exit", 3]]]})
    await editor.command("ao.hunt", checkout="never")
    asked = await editor.take("window/showMessageRequest")
    assert ": left. " in asked["message"]
    await editor.idle()
    assert editor.messages == []
    red.agents_do({"test_half": [[["replace", "half.py", "a // 2", "a / 2"]]]})
    await answer(editor, "Try again")
    await red.until(lambda s: any(x.landed_at for x in s.landings.values()))
