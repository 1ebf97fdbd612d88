"""What an issue is called, when it is moved, and how a comment is known again."""

from __future__ import annotations

import pytest

from agent_orchestrator.net.answers import Trouble
from agent_orchestrator.net.client import HttpClient
from agent_orchestrator.plugins.builtin import trackers
from agent_orchestrator.plugins.services.gitlab.commands import inert
from agent_orchestrator.plugins.services.kept import KEPT, Kept
from agent_orchestrator.plugins.services.marks import has_mark, mark, marked
from agent_orchestrator.plugins.tracker.linear.read import state_for
from agent_orchestrator.plugins.tracker.rules import moves
from agent_orchestrator.ports.scm import Place

ISSUES = "https://github.com/acme/shop/issues"


def made(name, place=None, **settings):
    return trackers()[name](place, HttpClient(), {}, **settings)


@pytest.mark.parametrize(
    "text",
    [
        "456",
        " #456 ",
        "GH-456",
        "gh-456",
        "acme/shop#456",
        f"{ISSUES}/456",
        f"{ISSUES}/456/",
        f"{ISSUES}/456#issuecomment-1",
        f"{ISSUES}/456?x=1",
        "https://www.github.com/Acme/Shop/issues/456",
    ],
)
def test_an_issue_of_github_has_many_names(text):
    assert made("github", Place("https://github.com", "acme/shop")).key_of(text) == "GH-456"


@pytest.mark.parametrize("path", ["/acme/shop", "acme/shop.git", "acme/shop.git/"])
def test_a_repository_has_one_name_however_its_path_is_written(path):
    assert made("github", Place("https://github.com", path)).key_of("acme/shop#456") == "GH-456"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "fix 456",
        "0",
        "-456",
        "456-",
        "TEAM-456",
        "GL-456",
        "#",
        "4.5",
        "٤٥٦",
        "12345678901234567890",
        "other/shop#456",
        "https://github.com/acme/other/issues/456",
        "https://github.com/acme/shop/pull/456",
        "https://github.com.evil.example/acme/shop/issues/456",
        "https://evil.example/https://github.com/acme/shop/issues/456",
        "https://[/acme/shop/issues/456",
        f"ftp{ISSUES.removeprefix('https')}/456",
        f"{ISSUES}/new",
    ],
)
def test_what_is_no_issue_of_this_repository_has_no_key(text):
    assert made("github", Place("https://github.com", "acme/shop")).key_of(text) == ""


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("456", "GL-456"),
        ("gl-456", "GL-456"),
        ("https://git.example:8443/a/b/shop/-/issues/456", "GL-456"),
        ("https://git.example:8443/a/b/shop/-/work_items/456", "GL-456"),
        ("https://git.example:8443/a/b/shop/issues/456", "GL-456"),
        ("https://git.example/a/b/shop/-/issues/456", ""),
        ("https://git.example:8443/a/b/shop/-/merge_requests/456", ""),
        ("https://git.example:8443/a/b/-/issues/456", ""),
        ("GH-456", ""),
    ],
)
def test_an_issue_of_gitlab_is_known_by_its_server_and_project(text, key):
    assert made("gitlab", Place("https://git.example:8443", "a/b/shop")).key_of(text) == key


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("TEAM-12", "TEAM-12"),
        ("team-12", "TEAM-12"),
        ("https://linear.app/acme/issue/TEAM-12/halve-it", "TEAM-12"),
        ("https://linear.app/acme/issue/team-12", "TEAM-12"),
        ("https://linear.app/acme/issue/OTHER-12", ""),
        ("https://linear.app/acme/project/TEAM-12", ""),
        ("https://linear.example/acme/issue/TEAM-12", ""),
        ("OTHER-12", ""),
        ("12", ""),
        ("TEAM-0", ""),
    ],
)
def test_an_issue_of_linear_is_known_by_its_team(text, key):
    assert made("linear", team="team").key_of(text) == key


@pytest.mark.parametrize(
    ("name", "settings"),
    [("github", {}), ("gitlab", {}), ("linear", {}), ("linear", {"team": "A-1"})],
)
def test_a_tracker_says_what_it_can_not_do_without(name, settings):
    with pytest.raises(ValueError, match=f"the {name} tracker needs"):
        made(name, **settings)


@pytest.mark.parametrize(
    ("seen", "now", "wanted", "moved"),
    [
        ("open", "open", "started", True),
        ("open", "open", "done", True),
        ("started", "started", "review", True),
        ("open", "review", "started", False),
        ("started", "done", "review", False),
        ("open", "done", "canceled", False),
        ("open", "canceled", "done", False),
        ("started", "started", "started", False),
        ("started", "started", "open", True),
        ("started", "review", "open", False),
        ("open", "done", "open", False),
        ("done", "done", "open", True),
        ("started", "open", "open", False),
    ],
)
def test_an_issue_goes_forwards_and_back_only_where_nobody_moved_it(seen, now, wanted, moved):
    assert moves(seen, now, wanted) is moved


def state(name, type, position):
    return {"id": name, "name": name, "type": type, "position": position}


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("open", "Next"),
        ("started", "Doing"),
        ("review", "Code REVIEW"),
        ("done", "Shipped"),
        ("canceled", None),
    ],
)
def test_a_state_is_found_by_its_type_and_place(wanted, found):
    states = [
        state("Done?", "started", 5.0),
        state("Code REVIEW", "started", 1.0),
        state("Doing", "started", 2.0),
        state("Ideas", "backlog", 0.0),
        state("Next", "unstarted", 9.0),
        state("Released", "completed", 8.0),
        state("Shipped", "completed", 7.0),
        state("Review", "unstarted", 10.0),
    ]
    assert state_for(wanted, states).get("id") == found


STATES = [
    state("In Progress", "started", 1.0),
    state("In Review", "started", 2.0),
    state("Code review", "started", 3.0),
    state("QA", "started", 4.0),
    state("QA", "completed", 5.0),
]


@pytest.mark.parametrize(
    ("name", "found"),
    [("", None), ("code Review", "Code review"), ("QA", "QA"), ("In Progress", "In Progress"), ("Elsewhere", None)],
)
def test_of_several_states_for_reviews_the_one_with_the_name_is_meant_and_none_is_guessed(name, found):
    meant = state_for("review", STATES, name)
    assert (meant.get("name"), meant.get("type")) == (found, "started" if found else None)


def test_a_team_without_a_state_for_reviews_has_the_started_one():
    assert state_for("review", [state("Doing", "started", 1.0)])["id"] == "Doing"


def test_a_key_that_a_comment_quotes_is_not_its_own():
    assert has_mark(marked("done", "hunt/1:said"), "hunt/1:said")
    assert not has_mark(f"as {mark('hunt/1:said')} says", "hunt/1:said")


@pytest.mark.parametrize("key", ["a-->b", "a--b", "a-", "ü", "x" * 200, "a\nb", "\ud800"])
def test_no_key_ends_the_hidden_part(key):
    assert mark(key).count("-->") == 1
    assert len(mark(key)) < 140
    assert has_mark(marked("text", key), key)


def test_a_comment_gives_no_secret_away_and_has_a_size():
    text = marked(f"it said ghp_{'a' * 36} {'long ' * 100_000}", "k")
    assert "ghp_" not in text
    assert len(text) < 65_536
    assert has_mark(text, "k")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("/close", "\\/close"),
        ("see:\n  /merge", "see:\n  \\/merge"),
        ("> /assign @a", "> \\/assign @a"),
        ("a /close", "a /close"),
        ("1 / 2", "1 / 2"),
    ],
)
def test_what_is_said_commands_nothing(text, written):
    assert inert(text) == written


async def test_what_could_not_be_found_out_is_asked_again_and_what_was_is_kept_for_a_while():
    time = [0.0]
    answers = [Trouble("limited", "later"), True, False]
    kept = Kept(lambda: time[0])

    async def ask():
        return answers.pop(0)

    assert isinstance(await kept.get("ann", ask), Trouble)
    assert await kept.get("ann", ask) is True
    time[0] = KEPT - 1
    assert await kept.get("ann", ask) is True
    time[0] = KEPT
    assert await kept.get("ann", ask) is False


@pytest.mark.parametrize(("name", "key"), [("github", "GH-1"), ("gitlab", "GL-1")])
async def test_no_token_is_sent_over_what_others_can_read(name, key):
    env = {"GH_TOKEN": "t", "GITLAB_TOKEN": "t", "GH_HOST": "forge.example", "GITLAB_HOST": "forge.example"}
    tracker = trackers()[name](Place("http://forge.example", "acme/shop"), HttpClient(env), env)
    trouble = await tracker.get(key)
    assert (trouble.kind, "https" in trouble.sentence) == ("denied", True)
