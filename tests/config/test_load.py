"""Reading a configuration: values, places, and that one mistake costs no more than itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from agent_orchestrator.config.load import Loaded, load, load_text
from agent_orchestrator.model.config import Config
from agent_orchestrator.model.config_problem import Code, Severity

Reads = Callable[[str], Loaded]


def told(loaded: Loaded) -> list[tuple[int, int, Code, str]]:
    return [(d.line, d.column, d.code, d.key) for d in loaded.diagnostics]


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n", "~", "projects:\n", "{}"])
def test_a_file_that_says_nothing_gives_the_defaults(text: str, reads: Reads) -> None:
    assert reads(text) == Loaded(config=Config(), file=Path("/etc/ao/agent-orchestrator.yaml"))


def test_the_defaults_are_those_of_the_documentation(reads: Reads) -> None:
    loaded = reads("projects: {app: {path: /app, checks: {tests: {command: make}}}}").config
    project = loaded.projects["app"]
    check, landing = project.checks["tests"], project.landing
    assert (loaded.port, loaded.host) == (3000, "127.0.0.1")
    assert (loaded.limits.agents, loaded.limits.checks, loaded.limits.attempts) == (None, None, 3)
    assert (loaded.limits.minutes.turn, loaded.limits.minutes.session, loaded.limits.cost) == (30, 120, None)
    assert (loaded.defaults.runtime, loaded.defaults.agent, loaded.defaults.workspace) == (None, "autofix", "worktree")
    assert (project.prefix, project.worktree_dir, project.default_branch) == ("app", ".worktrees", None)
    assert (check.on, check.timeout, check.format) == (("start", "landing"), 600, None)
    assert (landing.gate, landing.strategy, landing.target, landing.checkout) == (None, "squash", None, "ask")
    assert (landing.push, landing.evidence) == (False, "tree")


def test_paths_start_at_home_or_at_the_file(reads: Reads) -> None:
    loaded = reads("projects:\n  a: {path: ~/a}\n  b: {path: ../b}\n  c: {path: /c}\n  d: {path: '~'}\n")
    assert [str(p.path) for p in loaded.config.projects.values()] == [
        "/home/someone/a",
        "/etc/b",
        "/c",
        "/home/someone",
    ]


def test_words_that_yaml_1_1_takes_for_flags_are_words(reads: Reads) -> None:
    check = "projects: {a: {path: /a, landing: {evidence: off}, checks: {t: {command: make, on: save}}}}"
    project = reads(check).config.projects["a"]
    assert (project.landing.evidence, project.checks["t"].on) == ("off", ("save",))


def test_a_flag_written_as_yes_is_an_error_that_names_true(reads: Reads) -> None:
    loaded = reads("projects: {a: {path: /a, landing: {push: yes}}}")
    assert [(d.found, d.suggestion) for d in loaded.errors] == [('the text "yes"', "true")]


def test_environment_values_are_taken_as_they_are_written(reads: Reads) -> None:
    loaded = reads("projects: {a: {path: /a, env: {PORT: 08, DEBUG: true, V: 1.10}}}")
    assert loaded.config.projects["a"].env == {"PORT": "08", "DEBUG": "true", "V": "1.10"}


def test_a_wrong_environment_value_shows_nothing_of_it(reads: Reads) -> None:
    loaded = reads('projects: {a: {path: /a, env: {TOKEN: "hunter2\\0"}}}')
    assert loaded.errors
    assert "hunter2" not in str(loaded.diagnostics)


def test_commands_are_text_or_lists(reads: Reads) -> None:
    loaded = reads("projects: {a: {path: /a, postCreate: uv sync, checks: {t: {command: [sleep, 5]}}}}")
    project = loaded.config.projects["a"]
    assert (project.post_create, project.checks["t"].command) == ("uv sync", ("sleep", "5"))


@pytest.mark.parametrize("command", ["''", "[]", "['']", "[[a]]", "{a: b}"])
def test_an_empty_or_nested_command_is_an_error(command: str, reads: Reads) -> None:
    assert reads(f"projects: {{a: {{path: /a, postCreate: {command}}}}}").errors


def test_a_wrong_value_does_not_stop_the_other_projects(reads: Reads) -> None:
    loaded = reads("projects:\n  bad: {path: [x]}\n  good: {path: /good}\n")
    assert list(loaded.config.projects) == ["good"]
    assert told(loaded) == [(2, 15, Code.TYPE, "projects.bad.path")]
    assert loaded.blocking == ()


def test_a_wrong_machine_wide_value_is_blocking(reads: Reads) -> None:
    loaded = reads("limits: {cost: five}\nprojects: {good: {path: /good}}\n")
    assert [d.key for d in loaded.blocking] == ["limits.cost"]


def test_several_mistakes_are_all_told_in_the_order_of_the_file(reads: Reads) -> None:
    loaded = reads("port: x\nprojects:\n  a:\n    path: 1\n    landing: {push: 3}\nhost: []\n")
    assert [(d.line, d.key) for d in loaded.errors] == [
        (1, "port"),
        (4, "projects.a.path"),
        (5, "projects.a.landing.push"),
        (6, "host"),
    ]


def test_a_project_without_a_path_is_told_at_the_project(reads: Reads) -> None:
    assert told(reads("projects:\n  a:\n    repo: x/y\n")) == [(3, 5, Code.MISSING, "projects.a")]


def test_of_two_projects_with_one_id_the_second_is_the_error(reads: Reads) -> None:
    loaded = reads("projects:\n  a: {path: /first}\n  a: {path: /second}\n")
    assert told(loaded) == [(3, 3, Code.DUPLICATE, "projects.a")]
    assert loaded.config.projects["a"].path == Path("/first")


@pytest.mark.parametrize(
    ("second", "column"), [("b: {path: /b, sessionPrefix: x}", 32), ("x: {path: /b}", 3)], ids=["written", "default"]
)
def test_of_two_projects_with_one_prefix_the_second_is_the_error(second: str, column: int, reads: Reads) -> None:
    loaded = reads(f"projects:\n  a: {{path: /a, sessionPrefix: x}}\n  {second}\n")
    assert [(d.line, d.column, d.code) for d in loaded.diagnostics] == [(3, column, Code.DUPLICATE)]
    assert list(loaded.config.projects) == ["a"]


def test_an_unknown_key_is_a_warning_with_the_nearest_one(reads: Reads) -> None:
    loaded = reads("projects:\n  a:\n    path: /a\n    defaultbranch: main\n")
    assert [(d.severity, d.line, d.suggestion) for d in loaded.diagnostics] == [(Severity.WARNING, 4, "defaultBranch")]
    assert "a" in loaded.config.projects


def test_keys_of_the_writer_are_left_alone_and_can_hold_anchors(reads: Reads) -> None:
    loaded = reads("x-base: &base {path: /a, repo: o/r}\nprojects:\n  a:\n    <<: *base\n    repo: o/own\n")
    assert loaded.diagnostics == ()
    assert (loaded.config.projects["a"].path, loaded.config.projects["a"].repo) == (Path("/a"), "o/own")


def test_an_unknown_agent_is_an_error_that_names_the_files_own(reads: Reads) -> None:
    loaded = reads("agents: {mine: {command: x}}\ndefaults: {agent: mien}\n")
    assert [(d.line, d.column, d.suggestion) for d in loaded.errors] == [(2, 19, "mine")]
    assert "autofix" in loaded.errors[0].allowed


def test_an_installed_plugin_adds_its_name() -> None:
    text = "defaults: {runtime: vm, agent: robot}"
    assert load_text(text, names={"runtime": ("vm",), "agent": ("robot",)}).diagnostics == ()


def test_a_notifier_that_a_later_plugin_may_bring_is_a_warning(reads: Reads) -> None:
    loaded = reads("defaults: {notifiers: [telegram]}")
    assert [(d.severity, d.code) for d in loaded.diagnostics] == [
        (Severity.INFORMATION, Code.PLANNED),
        (Severity.WARNING, Code.REFERENCE),
    ]


def test_a_value_that_is_not_built_yet_is_one_information_line(reads: Reads) -> None:
    text = "defaults: {runtime: docker}"
    assert [(d.severity, d.code) for d in reads(text).diagnostics] == [(Severity.INFORMATION, Code.PLANNED)]


def test_an_agent_needs_something_to_run(reads: Reads) -> None:
    assert [d.code for d in reads("agents: {mine: {args: [x]}}").errors] == [Code.MISSING]


def test_an_app_of_github_is_none_of_another_forge(reads: Reads) -> None:
    text = "projects: {{a: {{path: /a, scm: {{plugin: {}, app: {{id: 12, key: key.pem}}}}}}}}"
    found = reads(text.format("gitlab")).errors
    assert [(d.key, d.code) for d in found] == [("projects.a.scm.app", Code.VALUE)]
    app = reads(text.format("github")).config.projects["a"].scm.app
    assert (app.id, app.private_key, app.installation) == ("12", Path("/etc/ao/key.pem"), None)


@pytest.mark.parametrize("name", [".venv", "node_modules", "packages/a/node_modules"])
def test_linking_an_environment_is_an_error_that_names_the_alternative(name: str, reads: Reads) -> None:
    loaded = reads(f"projects:\n  a:\n    path: /a\n    symlinks:\n      - .env\n      - {name}\n")
    assert [(d.line, d.column) for d in loaded.errors] == [(6, 9)]
    assert "landing.setup" in loaded.errors[0].suggestion


def test_a_gate_of_an_unknown_check_is_an_error_with_the_nearest(reads: Reads) -> None:
    loaded = reads("projects: {a: {path: /a, checks: {tests: {command: make}}, landing: {gate: [test]}}}")
    assert [(d.found, d.suggestion) for d in loaded.errors] == [('"test"', "tests")]


def test_a_gate_may_name_checks_that_will_be_detected(reads: Reads) -> None:
    assert reads("projects: {a: {path: /a, landing: {gate: [pytest]}}}").diagnostics == ()


def test_an_empty_gate_is_an_error(reads: Reads) -> None:
    assert [d.key for d in reads("projects: {a: {path: /a, landing: {gate: []}}}").errors] == [
        "projects.a.landing.gate"
    ]


def test_a_misspelled_placeholder_is_a_warning(reads: Reads) -> None:
    loaded = reads("projects: {a: {path: /a, checks: {t: {command: 'x --out {reprot} ${HOME} {a,b}'}}}}")
    assert [(d.severity, d.suggestion) for d in loaded.diagnostics] == [(Severity.WARNING, "{report}")]


@pytest.mark.parametrize(
    "matcher",
    ["{regexp: '(', file: 1}", "{regexp: '(a)', file: 2}", "[{regexp: a, loop: true}, {regexp: b}]", "{file: 1}", "[]"],
)
def test_a_problem_matcher_that_can_not_work_is_an_error(matcher: str, reads: Reads) -> None:
    assert reads(f"projects: {{a: {{path: /a, checks: {{t: {{command: make, format: {matcher}}}}}}}}}").errors


def test_a_problem_matcher_is_read_as_its_patterns(reads: Reads) -> None:
    matcher = "[{regexp: '^(.+):$', file: 1}, {regexp: '^ (\\d+) (.+)$', line: 1, message: 2, loop: true}]"
    loaded = reads(f"projects: {{a: {{path: /a, checks: {{t: {{command: make, format: {matcher}}}}}}}}}")
    patterns = loaded.config.projects["a"].checks["t"].format
    assert isinstance(patterns, tuple)
    assert [(p.file, p.line, p.message, p.loop) for p in patterns] == [(1, None, None, False), (None, 1, 2, True)]


@pytest.mark.parametrize("branch", ["-x", "a..b", "a b", "x.lock", "a/", "/a", "a~1", ".a", "a@{1}"])
def test_a_branch_that_git_refuses_is_an_error(branch: str, reads: Reads) -> None:
    assert reads(f"projects: {{a: {{path: /a, defaultBranch: '{branch}'}}}}").errors


@pytest.mark.parametrize("branch", ["main", "feature/x-1", "release/1.2", "ünïcode", "a.b", "x"])
def test_a_branch_that_git_takes_is_taken(branch: str, reads: Reads) -> None:
    assert reads(f"projects: {{a: {{path: /a, defaultBranch: '{branch}'}}}}").errors == ()


@pytest.mark.parametrize("name", ["a b", "../x", "-a", ".a", "a..b", "a.", "a:b", "", "a/b", "x" * 65])
def test_an_id_that_can_not_be_part_of_a_branch_or_folder_is_an_error(name: str, reads: Reads) -> None:
    assert [d.code for d in reads(f"projects: {{'{name}': {{path: /a}}}}").errors] == [Code.VALUE]


def test_the_machines_keys_come_from_the_users_own_file(tmp_path: Path) -> None:
    own = tmp_path / "config" / "agent-orchestrator" / "agent-orchestrator.yaml"
    own.parent.mkdir(parents=True)
    own.write_text("port: 4000\nlimits: {attempts: 5}\n")
    file = tmp_path / "agent-orchestrator.yaml"
    file.write_text("host: 0.0.0.0\nport: 5000\nlimits: {attempts: 5}\ndefaults: {runtime: process}\n")
    loaded = load(file, environ={"XDG_CONFIG_HOME": str(tmp_path / "config")})
    assert (loaded.config.port, loaded.config.host, loaded.config.limits.attempts) == (4000, "127.0.0.1", 5)
    assert {(d.key, d.line, d.code, d.severity) for d in loaded.diagnostics} == {
        ("port", 2, Code.MACHINE_WIDE, Severity.WARNING),
        ("host", 1, Code.MACHINE_WIDE, Severity.WARNING),
    }
    assert loaded.config.defaults.runtime == "process"


def test_the_users_own_file_is_not_compared_with_itself(tmp_path: Path) -> None:
    own = tmp_path / "agent-orchestrator" / "agent-orchestrator.yaml"
    own.parent.mkdir()
    own.write_text("port: 4000\n")
    loaded = load(own, environ={"XDG_CONFIG_HOME": str(tmp_path)})
    assert (loaded.config.port, loaded.diagnostics) == (4000, ())


def test_a_mistake_of_the_users_own_file_in_a_machine_wide_key_is_told(tmp_path: Path) -> None:
    own = tmp_path / "config" / "agent-orchestrator" / "agent-orchestrator.yaml"
    own.parent.mkdir(parents=True)
    own.write_text("limits: {cost: five}\nprojects: {a: {}}\n")
    file = tmp_path / "agent-orchestrator.yaml"
    file.write_text("projects: {b: {path: /b}}\n")
    loaded = load(file, environ={"XDG_CONFIG_HOME": str(tmp_path / "config")})
    assert [(d.file, d.key) for d in loaded.blocking] == [(str(own), "limits.cost")]
    assert loaded.errors == loaded.blocking


@pytest.mark.parametrize(
    ("agent", "channel", "allowed"),
    [
        ("claude-code", "terminal", ""),
        ("codex", "one-shot", ""),
        ("codex", "terminal", "structured, one-shot"),
        ("aider", "structured", "one-shot"),
    ],
)
def test_a_channel_that_an_agent_does_not_have_is_told_with_those_that_it_has(agent, channel, allowed):
    found = load_text(f"agents: {{{agent}: {{channel: {channel}}}}}\nprojects: {{}}\n").diagnostics
    said = [d for d in found if "no such channel" in d.message]
    assert bool(said) == bool(allowed)
    assert [d.allowed for d in said] == [allowed] * len(said)
