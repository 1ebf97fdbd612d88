"""From red to merged, as two editors of one person see it, at GitHub and at GitLab with real git."""

from __future__ import annotations

import pytest

HALF = "def half(a):\n    return a\n"
TEST = "from half import half\n\n\ndef test_half():\n    assert half(2) == 1\n"
FIXED, BETTER = "def half(a):\n    return a // 2\n", "def half(a):\n    return a / 2\n"
LOG = """\
2026-01-01T00:00:00.0000000Z ##[group]Run mypy
2026-01-01T00:00:00.0000000Z mypy .
2026-01-01T00:00:00.0000000Z ##[endgroup]
2026-01-01T00:00:01.0000000Z half.py:1: error: Function is missing a return type  [no-untyped-def]
2026-01-01T00:00:01.0000000Z ##[error]Process completed with exit code 1.
"""
REACTIONS = {
    "ci-failed": {"auto": True, "action": "send-to-agent", "retries": 2, "message": "CI failed: {{errors}}"},
    "approved-and-green": {"auto": True, "action": "merge", "strategy": "squash", "deleteAfter": True},
    "pr-merged": {"action": "notify", "message": "{{pr.title}} is merged"},
}


@pytest.fixture(params=["AtGitHub", "AtGitLab"])
def hub(request, forged, world, h):
    with getattr(forged, request.param)(world, h.git) as made:
        yield made
        assert made.forge.problems == []


def from_ci(editor):
    """The diagnostics of the file that CI says: (line, source)."""
    found = [d for d in editor.shown("half.py") if d["source"].startswith("ci:")]
    return [(d["range"]["start"]["line"], d["source"], d["message"].splitlines()[0]) for d in found]


async def test_both_editors_see_what_ci_says_until_it_is_merged_and_are_told_once(world, hub, editors):
    files = {"half.py": HALF, "tests/test_half.py": TEST}
    hub.make(files, scm={"rerun": 0}, landing={"mode": "pull-request"}, reactions=REACTIONS)
    world.agents_do({"test_half": [[["write", "half.py", FIXED]], [["write", "half.py", BETTER]]]})
    await hub.start()
    both = [await editors(), await editors()]
    await both[0].command("ao.hunt", checkout="ff")
    await world.until(lambda s: any(each.in_review for each in s.sessions.values()))
    first = world.session("test_half").head
    job = "ci:CI/test" if hub.plugin == "github" else "ci:test/test"
    hub.fails(hub.pull, LOG)
    hub.tells()
    for editor in both:
        await editor.until(lambda editor=editor: from_ci(editor))
        (seen,) = from_ci(editor)
        assert seen == (0, job, "Function is missing a return type")
    await hub.until(lambda s: any(each.in_review and each.head != first for each in s.sessions.values()))
    (_, told) = world.told("test_half")
    assert "half.py:1: Function is missing a return type" in told["prompt"]
    hub.passes(hub.pull)
    hub.approved(hub.pull)
    hub.tells()
    for editor in both:
        await editor.until(lambda editor=editor: not from_ci(editor))
        message = await editor.take("window/showMessageRequest")
        assert message["message"] == f"pr-merged: {hub.pull.title} is merged"
    await world.settled()
    assert hub.is_merged(hub.pull)
    assert hub.show("half.py") == BETTER
    assert world.session("test_half").workspace == "removed"
    await hub.rest()
