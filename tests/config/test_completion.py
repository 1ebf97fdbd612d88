"""What is offered while ``agent-orchestrator.yaml`` is typed, whatever state it is in."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_orchestrator.config.help import Described, described_keys
from agent_orchestrator.config.language.complete import Offer, completions
from agent_orchestrator.config.language.known import Known, Repo
from agent_orchestrator.config.nodes import compose
from agent_orchestrator.config.values import plain
from agent_orchestrator.model.config_kinds import Choice, Flag, Key, Many, Matcher, Name

KEYS = described_keys()
KNOWN = Known(
    agents={"codex": "", "gemini": "agent 'gemini': gemini was not found"},
    repos={"app": Repo(branches=("dev", "main"), head="main")},
    checks={"app": ("detected",)},
    variables=("EDITOR", "HOME"),
)


@pytest.fixture
def offers(at: Callable[[str], tuple[str, int, int]]) -> Callable[..., dict[str, Offer]]:
    """The offers at the ``|`` of a text, by label."""

    def complete(marked: str, known: Known = KNOWN) -> dict[str, Offer]:
        return {offer.label: offer for offer in completions(*at(marked), known)}

    return complete


def accepted(text: str, line: int, offer: Offer) -> str:
    """The text once an offer was taken."""
    lines = text.split("\n")
    lines[line] = lines[line][: offer.start] + offer.text + lines[line][offer.end :]
    return "\n".join(lines)


def words_of(key: Key) -> tuple[str, ...]:
    """The words that the model itself has for a key."""
    match key.kind:
        case Flag():
            return ("true", "false")
        case Choice(values, planned) | Name(_, values, planned, _) | Matcher(values, planned, _):
            return (*values, *planned)
        case Many(Choice(values, planned) | Name(_, values, planned, _), _, _):
            return (*values, *planned)
        case _:
            return ()


@pytest.mark.parametrize("described", KEYS, ids=lambda d: d.dotted)
def test_a_key_is_offered_in_its_section_with_its_documentation(described: Described, offers: Any, nested: Any) -> None:
    offer = offers(nested(described.dotted, "|"))[described.key.wire]
    assert offer.doc == described.key.doc
    assert described.key.default in offer.detail
    assert offer.planned == described.key.planned


@pytest.mark.parametrize("described", KEYS, ids=lambda d: d.dotted)
def test_a_key_that_was_taken_is_the_key(described: Described, at: Any, nested: Any, offers: Any) -> None:
    marked = nested(described.dotted, f"{described.key.wire[:2]}|")
    text, line, _ = at(marked)
    root = compose(accepted(text, line, offers(marked)[described.key.wire]))
    assert isinstance(root, yaml.Node)
    found: Any = plain(root)
    for part in described.dotted.replace("<id>", "one").replace("<name>", "one").split(".")[:-1]:
        found = found[part]
    assert found == {described.key.wire: None}


@pytest.mark.parametrize("described", [d for d in KEYS if words_of(d.key)], ids=lambda d: d.dotted)
def test_the_words_of_a_key_are_offered_as_its_value(described: Described, offers: Any, nested: Any) -> None:
    assert set(words_of(described.key)) <= set(offers(nested(described.dotted, f"{described.key.wire}: |")))


@pytest.mark.parametrize("described", [d for d in KEYS if words_of(d.key)], ids=lambda d: d.dotted)
def test_the_words_of_a_key_are_offered_while_its_colon_misses_its_space(
    described: Described, at: Any, offers: Any, nested: Any
) -> None:
    marked = nested(described.dotted, f"{described.key.wire}:x|")
    word = words_of(described.key)[0]
    text, line, _ = at(marked)
    taken = accepted(text, line, offers(marked)[word])
    assert taken.splitlines()[line].strip() in (f"{described.key.wire}: {word}", f"{described.key.wire}: [{word}]")


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param("projects:\n  app\n    pa|", id="the colon above is missing"),
        pytest.param("projects:\n\tapp:\n\t\tpa|", id="tabs"),
        pytest.param("projects:\n  app:\n      name: x\n     pa|", id="less indented than its neighbour"),
        pytest.param("projects:\n  app:\n    name: x\n        pa|", id="more indented than its neighbour"),
        pytest.param("projects:\n  app:\n    gate: [unit\n    pa|", id="a bracket above is not closed"),
        pytest.param("projects:\n  app:\n    name: 'x\n    pa|", id="a quote above is not closed"),
        pytest.param("projects:\n  app:\n    pa|\n   }: [", id="something broken below"),
        pytest.param("projects:\r\n  app:\r\n    pa|", id="line ends of Windows"),
        pytest.param('{"projects": {"app": {"pa|', id="JSON that is not closed"),
        pytest.param("projects: {app: {name: x, pa|", id="brackets that are not closed"),
    ],
)
def test_a_broken_file_is_completed(broken: str, offers: Any) -> None:
    assert offers(broken)["path"].doc.startswith("The repository's folder.")


def test_a_key_that_is_there_is_not_offered_again(offers: Any) -> None:
    assert "path" not in offers("projects:\n  app:\n    path: .\n    |\n    repo: a/b\n")
    assert "repo" not in offers("projects:\n  app:\n    path: .\n    |\n    repo: a/b\n")


def test_a_key_that_has_its_colon_is_replaced_alone(offers: Any) -> None:
    offer = offers("defaults:\n  agnt|: codex")["agent"]
    assert (offer.text, offer.start, offer.end) == ("agent", 2, 6)


def test_nothing_is_offered_in_a_comment(offers: Any) -> None:
    assert offers("port: 1 # de|") == {}


def test_agents_are_those_of_the_file_first_and_what_an_agent_lacks_is_said(offers: Any) -> None:
    found = offers("agents:\n  mine:\n    command: x\ndefaults:\n  agent: |")
    assert list(found)[:2] == ["mine", "codex"]
    assert found["codex"].detail == "can be used now"
    assert found["gemini"].detail == "agent 'gemini': gemini was not found"


def test_agents_are_offered_in_a_file_that_is_no_yaml(offers: Any) -> None:
    assert "mine" in offers("agents:\n  mine:\n    command: [x\nprojects:\n  app:\n    agent: |\n  : }")


@pytest.mark.parametrize("key", ["defaultBranch: |", "landing:\n      target: |", "landing: {target: |"])
def test_branches_are_those_of_the_repository_the_one_that_is_checked_out_first(key: str, offers: Any) -> None:
    assert list(offers(f"projects:\n  app:\n    {key}")) == ["main", "dev"]


@pytest.mark.parametrize("gate", ["gate: [|", "gate:\n        - |", "gate:\n      - detected\n      - |"])
def test_the_gate_is_offered_the_checks_of_its_project(gate: str, offers: Any) -> None:
    text = f"projects:\n  app:\n    checks:\n      unit:\n        command: x\n    landing:\n      {gate}\n  other:\n"
    assert list(offers(text)) == ["unit", "detected"]


def test_a_list_that_is_still_to_be_begun_is_begun(offers: Any) -> None:
    text = "projects:\n  app:\n    landing:\n      gate:{}"
    assert offers(text.format("\n        |"))["detected"].text == "- detected"
    assert offers(text.format(" |"))["detected"].text == "[detected]"


def test_session_prefixes_are_short_and_free(offers: Any) -> None:
    text = "projects:\n  other:\n    sessionPrefix: app\n  my-app:\n    sessionPrefix: |"
    assert list(offers(text)) == ["ma", "my-app"]


@pytest.mark.parametrize(
    ("value", "written"),
    [("echo $HO|", "$HOME"), ("echo ${|", "${HOME}"), ('"echo ${HO|"', "${HOME}"), ("|-\n      echo $|", "$HOME")],
)
def test_variables_of_the_environment_are_offered_in_what_a_shell_runs(value: str, written: str, at: Any) -> None:
    before, _, after = f"projects:\n  app:\n    postCreate: {value}".rpartition("|")
    line, column = before.count("\n"), len(before) - before.rfind("\n") - 1
    assert written in [offer.text for offer in completions(before + after, line, column, KNOWN)]


def test_a_list_of_arguments_goes_through_no_shell(offers: Any) -> None:
    assert offers("projects:\n  app:\n    postCreate: [echo, $HO|") == {}


def test_the_names_of_variables_are_offered_where_they_are_set(offers: Any) -> None:
    assert list(offers("projects:\n  app:\n    env:\n      HOME: x\n      |")) == ["EDITOR"]


@pytest.mark.parametrize("key", ["command", "rerun"])
def test_placeholders_are_offered_in_commands_of_checks(key: str, offers: Any) -> None:
    found = offers(f'projects:\n  app:\n    checks:\n      unit:\n        {key}: "{{|"')
    assert found["python"].text == "{python}"
    assert ("tests" in found) == (key == "rerun")


def test_quotes_that_were_begun_are_kept(offers: Any) -> None:
    offer = offers('defaults:\n  agent: "co|"')["codex"]
    assert (offer.text, offer.word) == ('"codex"', '"codex')


def test_what_the_schema_says_is_left_to_a_server_that_has_it(offers: Any) -> None:
    others = Known(agents=KNOWN.agents, repos=KNOWN.repos, others_complete=True)
    assert offers("|", others) == {}
    assert offers("defaults:\n  runtime: |", others) == {}
    assert list(offers("projects:\n  app:\n    defaultBranch: |", others)) == ["main", "dev"]


#: What configurations are made of, so that random texts come near them.
_WORDS = ("projects", "app", "checks", "agent", "env", "&a", "*a", "!!x", "<<", "---", "${", *":[]{},\"'#|>$é𝒳")
_BLANKS = (": ", "- ", "? ", "\n", "\n  ", "\n\t", " # x", "\r\n", "\r", " ", "\u2028")
_PIECES = st.sampled_from((*_WORDS, *_BLANKS))
TEXTS = st.one_of(st.text(max_size=60), st.lists(_PIECES, max_size=30).map("".join))


@settings(deadline=None)
@given(TEXTS, st.integers(-2, 40), st.integers(-2, 80))
def test_any_text_at_any_position_gives_offers_that_fit_the_line(text: str, line: int, column: int) -> None:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    length = len(lines[min(max(line, 0), len(lines) - 1)])
    at = min(max(column, 0), length)
    for offer in completions(text, line, column, KNOWN):
        assert 0 <= offer.start <= at <= offer.end <= length


@pytest.mark.parametrize(
    "text",
    [
        "- " * 100_000 + "\nx: ",
        "a" + " " * 200_000 + "b",
        "a: " + "[" * 100_000,
        "a: [b" + " " * 100_000,
        'a: "' + '\\"' * 100_000,
        "a: '" + "''" * 100_000,
        '"' + '\\"' * 100_000,
    ],
)
def test_a_hostile_line_takes_time_by_its_length(text: str) -> None:
    started = time.monotonic()
    completions(text, 9, 10**6, KNOWN)
    assert time.monotonic() - started < 20


REACTIONS = "reactions:\n  landed:\n    condition: {}\n    message: {}\n"


def test_events_are_offered_as_names_of_reactions_with_what_they_are(offers):
    found = offers("reactions:\n  |\n")
    assert found["agent-stuck"].detail == "an agent showed no sign of life for some time"
    inside = "projects:\n  app:\n    path: .\n    reactions:\n      |\n"
    assert offers(inside).keys() == found.keys()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("sess|", "condition: session.title"),
        ("session.attempt > 1 and session.ti|", "condition: session.attempt > 1 and session.title"),
        ("not (|", "condition: not (session.title"),
    ],
)
def test_in_a_condition_the_fields_of_its_event_are_offered(offers, at, before, after):
    marked = REACTIONS.format(before, "x")
    offer = offers(marked)["session.title"]
    assert "pr.url" not in offers(marked)
    text, line, _ = at(marked)
    assert accepted(text, line, offer).split("\n")[line].strip() == after


def test_in_a_message_a_field_is_offered_once_it_is_begun(offers, at):
    marked = REACTIONS.format("x", "done {{com|")
    text, line, _ = at(marked)
    assert accepted(text, line, offers(marked)["commit"]).split("\n")[line].strip() == "message: done {{commit}}"
    assert "commit" not in offers(REACTIONS.format("x", "done com|"))
