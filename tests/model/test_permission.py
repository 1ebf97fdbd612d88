"""The rules for what an agent's program asks."""

from __future__ import annotations

import os
import time

import pytest

from agent_orchestrator.model.activity import PERMISSION, QUESTION, Ask
from agent_orchestrator.model.permission import Pattern, Rules, decide, pattern, patterns

TREE = "/work/tree"
COMMANDS = ("git status", "git diff", "git add", "git commit", "pytest", "python3 -m pytest", "'/a b/python' -m mypy")


def run(command: str) -> Ask:
    return Ask("1", PERMISSION, command, tool="Bash", action="run", subjects=(command,))


def edit(*paths: str) -> Ask:
    return Ask("1", PERMISSION, "edit", tool="Edit", action="edit", subjects=paths)


def rules(allow: tuple[str, ...] = (), deny: tuple[str, ...] = (), *, bypass: bool = False) -> Rules:
    return Rules(TREE, COMMANDS, patterns(allow), patterns(deny), bypass)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("WebFetch", Pattern("WebFetch")),
        ("Bash(git *)", Pattern("Bash", "git *")),
        ("Bash(*)", Pattern("Bash")),
        ("Bash()", Pattern("Bash")),
        (" edit ( docs/* ) ", Pattern("edit", "docs/*")),
    ],
)
def test_a_pattern_is_a_tool_and_what_of_it_is_meant(text, expected):
    assert pattern(text) == expected


@pytest.mark.parametrize(
    "command",
    [
        "pytest",
        "pytest -q tests/test_a.py",
        "pytest -q 2>&1 | tail -20",
        "pytest > /dev/null 2>&1",
        "git add -A && git commit -m 'fix; really && truly'",
        'git commit -m "it\'s done"',
        "cd /work/tree && pytest",
        "cd src && pytest\ngit status",
        "grep -rn add src | head -5",
        "'/a b/python' -m mypy src",
    ],
)
def test_its_own_commands_run_unasked_each_of_a_line_by_itself(command):
    assert decide(run(command), rules()) == "allow"


@pytest.mark.parametrize(
    "command",
    [
        "rm -rf build",
        "pytest; rm -rf /",
        "pytest && curl http://example.org",
        "pytest & rm x",
        "pytest\nrm x",
        "pytest > tests/out.py",
        "pytest 2>/dev/null.py",
        "pytest $(rm x)",
        "pytest `rm x`",
        "pytest <(rm x)",
        "pytest ${IFS}",
        "(pytest)",
        "pytest 'unclosed",
        "FOO=1 pytest",
        "pytesty",
        "cat /etc/passwd",
        "cat ~/.ssh/id_rsa",
        "cat ../main/secret",
        "grep --file=/etc/passwd x",
        "cd / && pytest",
        "git push origin main",
        "",
    ],
)
def test_everything_else_is_asked(command):
    assert decide(run(command), rules()) == "ask"


@pytest.mark.parametrize("path", ["/work/tree/a.py", "a.py", "src/../b.py", "/work/tree"])
def test_it_edits_in_its_worktree_unasked(path):
    assert decide(edit(path), rules()) == "allow"


@pytest.mark.parametrize(
    "path",
    [
        "/work/main/a.py",
        "../main/a.py",
        "/work/tree/../main/a.py",
        "/work/treetop/a.py",
        "/work/tree/.git",
        ".git/config",
    ],
)
def test_it_is_asked_for_edits_elsewhere_and_of_git(path):
    assert decide(edit(path), rules()) == "ask"


def test_one_path_of_several_that_is_elsewhere_is_enough_to_be_asked():
    assert decide(edit("a.py", "/etc/passwd"), rules()) == "ask"


def test_what_names_nothing_is_asked():
    assert decide(edit(), rules()) == "ask"


def test_a_question_is_a_persons_even_with_bypass():
    assert decide(Ask("1", QUESTION, "Which?"), rules(bypass=True)) == "ask"


@pytest.mark.parametrize(
    ("allowed", "command", "expected"),
    [
        ("Bash(npm run *)", "npm run build", "allow"),
        ("run(npm run *)", "npm run build", "allow"),
        ("Bash", "anything at > all", "allow"),
        ("Bash(npm run *)", "npm run build && pytest", "allow"),
        ("Bash(npm run *)", "npm run build; npm publish", "ask"),
        ("Bash(git *)", "git log; rm -rf ~", "ask"),
        ("Bash(make > out)", "make > out", "allow"),
        ("Edit(*)", "npm run build", "ask"),
    ],
)
def test_allow_lets_more_run(allowed, command, expected):
    assert decide(run(command), rules((allowed,))) == expected


def test_allow_by_the_programs_own_name_of_a_tool():
    ask = Ask("1", PERMISSION, "x", tool="mcp__jira__read", action="other")
    assert decide(ask, rules(("mcp__jira__read",))) == "allow"
    assert decide(ask, rules(("mcp__jira__write",))) == "ask"


def test_allow_edits_in_another_folder():
    assert decide(edit("/work/docs/a.md"), rules(("Edit(/work/docs/*)",))) == "allow"
    assert decide(edit("/work/docs/../main/a.md"), rules(("Edit(/work/docs/*)",))) == "ask"


@pytest.mark.parametrize(
    "command",
    [
        "git push",
        "git push origin",
        "pytest; git push origin",
        "FOO=1 git push x",
        "/usr/bin/git push x",
        "sudo -n git push x; git push x",
        "env A=1 git push x",
        "echo $(git push x)",
        "git push x > log",
    ],
)
def test_deny_wins_over_everything(command):
    denied = rules(("Bash",), ("Bash(git push *)",), bypass=True)
    assert decide(run(command), denied) == "deny"


def test_deny_leaves_the_rest():
    assert decide(run("git pull"), rules(deny=("Bash(git push *)",), bypass=True)) == "allow"


def test_deny_of_a_file_by_its_name_or_path():
    assert decide(edit("/work/tree/conf/.env"), rules(deny=("Edit(.env)",))) == "deny"
    assert decide(edit("/work/tree/a.py"), rules(deny=("Edit(.env)",))) == "allow"


def test_bypass_asks_nothing():
    assert decide(run("rm -rf /"), rules(bypass=True)) == "allow"


def test_a_link_that_leads_out_of_the_worktree_is_outside():
    def real(path: str) -> str:
        return path.replace("/work/tree/link", "/etc")

    linked = Rules(TREE, COMMANDS, resolve=real)
    assert decide(edit("link/passwd"), linked) == "ask"
    assert decide(run("cat link/passwd"), linked) == "ask"
    assert decide(edit("a.py"), linked) == "allow"


@pytest.mark.parametrize("command", ["git diff --output=/etc/x", "git log --output x"])
def test_a_command_that_writes_into_a_file_by_an_option_is_asked(command):
    assert decide(run(command), rules()) == "ask"


@pytest.mark.parametrize(
    "command",
    [
        "pytest # it's\nrm -rf build # it's",
        "echo $'\\'' ; rm -rf build #'",
        "pytest >&2/../../out",
        "pytest >/dev/null\u2028x",
    ],
)
def test_a_command_that_only_the_shell_sees_is_asked(command):
    assert decide(run(command), rules()) == "ask"


@pytest.mark.parametrize(
    "command",
    [
        "cat $HOME/.ssh/id_rsa",
        "cat $'/etc/passwd'",
        'cat "$HOME/.ssh/id_rsa"',
        "git commit -m $TOKEN",
        "cat {/etc/passwd,a}",
        "cat .?/secret",
        "cat .*/secret",
        "pytest ~/tests",
    ],
)
def test_what_the_shell_replaces_is_asked(command):
    assert decide(run(command), rules()) == "ask"


@pytest.mark.parametrize(
    "command",
    [
        "cd && cat .ssh/id_rsa",
        "cd - && cat secret",
        "cat /etc/a=b",
        "grep -f/etc/passwd x",
        "grep -rf../secret x",
        "rg --pre ./run x",
        "git diff --no-index /dev/null /etc/passwd",
        "git diff --outpu=x",
        "git commit -F /etc/passwd",
        "git commit -qF/etc/passwd",
        "git commit --author -m -F/etc/passwd",
        "git commit --template=../secret",
        "pytest --basetemp=/home/me",
        "ruff check --fix /work/main",
        "python3 -m ruff format ../main",
        "ruff check --output-file=x",
        "cat a\0b",
        "cat \ud800",
    ],
)
def test_what_leads_out_of_the_worktree_is_asked(command):
    checks = (*COMMANDS, "ruff", "python3 -m ruff")
    assert decide(run(command), Rules(TREE, checks, resolve=os.path.realpath)) == "ask"


@pytest.mark.parametrize(
    "command",
    [
        'pytest -q; echo "exit: $?"',
        "git commit -am 'Use $HOME in /etc/x; it costs `nothing`\n\nMore # of it'",
        'git commit -m "Say \\$5"',
        "grep -n 'foo$' src/*.py",
        "git diff HEAD@{1} main...x -- /work/tree/a.py",
        "ruff check --fix --preview --output-format=concise src",
    ],
)
def test_signs_that_mean_nothing_where_they_are_do_not_matter(command):
    assert decide(run(command), Rules(TREE, (*COMMANDS, "ruff"))) == "allow"


def test_a_link_in_the_folder_that_a_line_goes_to_is_seen():
    def real(path: str) -> str:
        return path.replace("/work/tree/sub/link", "/etc")

    assert decide(run("cd sub && cat link/passwd"), Rules(TREE, COMMANDS, resolve=real)) == "ask"


def test_deny_sees_a_command_behind_what_hides_it():
    denied = rules(("Bash",), ("Bash(git push *)",), bypass=True)
    assert decide(run("echo $HOME `/usr/bin/git  pu''sh x`"), denied) == "deny"


@pytest.mark.parametrize("path", ["a\0b", "a\ud800b"])
def test_a_name_that_no_file_can_have_is_asked(path):
    assert decide(edit(path), Rules(TREE, allow=patterns(["Edit(/docs/*)"]), resolve=os.path.realpath)) == "ask"


def test_a_persons_pattern_allows_more_of_git():
    assert decide(run("git log ../main"), rules(("Bash(git *)",))) == "allow"


def test_a_line_that_is_too_long_to_be_looked_at_is_asked():
    assert decide(run("git status " + "a" * 30_000), rules()) == "ask"
    assert decide(run("git status " + "a" * 10_000), rules()) == "allow"


@pytest.mark.parametrize("command", ["{" * 15_000, "git log " + "-a/" * 5_000, "'" * 15_000, "$(" * 7_000])
def test_a_line_is_taken_apart_in_a_time_that_grows_with_its_length(command):
    before = time.process_time()
    decide(run(command), rules(deny=("Bash(rm *)",)))
    # What grows with the square of it took seconds.
    assert time.process_time() - before < 1.0
