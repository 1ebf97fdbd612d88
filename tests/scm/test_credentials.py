"""A token is found where the forge's own programs have it, and nothing asks, waits or keeps it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agent_orchestrator.plugins.services import credentials


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """A machine with git alone, and no token."""
    (tmp_path / "home").mkdir()
    (tmp_path / "bin").mkdir()
    return {
        "HOME": str(tmp_path / "home"),
        "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}",
        "XDG_CONFIG_HOME": "/none",
    }


@pytest.fixture
def program(env, tmp_path: Path):
    """Put a program on the path that runs a line of shell."""

    def put(name: str, line: str) -> None:
        path = tmp_path / "bin" / name
        path.write_text(f"#!/bin/sh\n{line}\n")
        path.chmod(0o755)

    return put


@pytest.mark.parametrize(
    ("host", "variables", "source"),
    [
        ("github.com", {"GITHUB_TOKEN": "b", "GH_TOKEN": "a"}, ("a", "$GH_TOKEN")),
        ("github.com", {"GITHUB_TOKEN": " b\n"}, ("b", "$GITHUB_TOKEN")),
        ("acme.ghe.com", {"GH_TOKEN": "a"}, ("a", "$GH_TOKEN")),
        (
            "ghe.example.org",
            {"GH_TOKEN": "a", "GH_ENTERPRISE_TOKEN": "c", "GH_HOST": "GHE.example.org"},
            ("c", "$GH_ENTERPRISE_TOKEN"),
        ),
    ],
)
async def test_the_environment_comes_first_and_a_host_gets_its_own(env, host, variables, source):
    found = await credentials.github(host, env | variables)
    assert (found.token, found.source) == source


@pytest.mark.parametrize("named", [{}, {"GH_HOST": "github.com"}, {"GH_HOST": "ghe.example.org"}, {"GH_HOST": "other"}])
@pytest.mark.parametrize("host", ["ghe.example.org:8443", "evilgithub.com", "github.com.example.org", "127.0.0.1:80"])
async def test_a_token_of_the_environment_is_given_to_no_other_host(env, program, host, named):
    program("gh", "exit 1")
    tokens = {"GH_TOKEN": "a", "GITHUB_TOKEN": "b", "GH_ENTERPRISE_TOKEN": "c", "GITHUB_ENTERPRISE_TOKEN": "d"}
    assert await credentials.github(host, env | tokens | named) is None


async def test_a_port_is_part_of_the_host_that_a_token_is_for(env):
    variables = {"GH_ENTERPRISE_TOKEN": "c", "GH_HOST": "ghe.example.org:8443"}
    assert (await credentials.github("ghe.example.org:8443", env | variables)).token == "c"


async def test_gh_can_not_answer_with_a_token_of_the_environment_for_another_host(env, program):
    program("gh", 'echo "$GH_TOKEN$GITHUB_TOKEN$GH_ENTERPRISE_TOKEN$GITHUB_ENTERPRISE_TOKEN"')
    tokens = {"GH_TOKEN": "a", "GITHUB_TOKEN": "b", "GH_ENTERPRISE_TOKEN": "c", "GITHUB_ENTERPRISE_TOKEN": "d"}
    assert await credentials.github("ghe.example.org", env | tokens) is None


@pytest.mark.parametrize(
    ("host", "named", "given"),
    [
        ("gitlab.com", {}, True),
        ("gitlab.com", {"GITLAB_HOST": "gitlab.example.org"}, False),
        ("gitlab.example.org", {"GITLAB_HOST": "https://gitlab.example.org/"}, True),
        ("gitlab.example.org", {"GL_HOST": "gitlab.example.org:443"}, True),
        ("gitlab.example.org:8443", {"GITLAB_HOST": "gitlab.example.org"}, False),
        ("gitlab.example.org", {}, False),
    ],
)
async def test_a_token_of_gitlab_is_for_the_host_that_is_named(env, program, host, named, given):
    program("glab", 'echo "$GITLAB_TOKEN"')
    found = await credentials.gitlab(host, env | {"GITLAB_TOKEN": "a"} | named)
    assert (found is not None) == given


async def test_gh_is_asked_for_the_host(env, program):
    program("gh", '[ "$*" = "auth token --hostname ghe.example.org" ] && echo from-gh')
    found = await credentials.github("ghe.example.org", env)
    assert (found.token, found.source) == ("from-gh", "gh auth token")


async def test_glab_is_asked_for_the_host(env, program):
    program("glab", '[ "$*" = "config get token --host gitlab.example.org" ] && echo from-glab')
    assert (await credentials.gitlab("gitlab.example.org", env)).token == "from-glab"


async def test_git_is_asked_last_and_a_repositorys_own_helper_is_not(env, program):
    program("gh", "exit 1")
    helper = "!f() { cat >/dev/null; echo username=x; echo password=from-git; }; f"
    Path(env["HOME"], ".gitconfig").write_text(f'[credential]\n\thelper = "{helper}"\n')
    found = await credentials.github("github.com", env)
    assert (found.token, found.source) == ("from-git", "git's credential helper")


@pytest.mark.parametrize("line", ["echo two words", "printf '\\033[31mred'", "exit 3", "echo", "kill -9 $$"])
async def test_what_is_no_token_is_none(env, program, line):
    program("gh", line)
    assert await credentials.github("github.com", env) is None


def test_a_key_of_linear_stands_alone(env):
    found = credentials.linear(env | {"LINEAR_API_KEY": "lin_api_x"})
    assert found.headers() == {"Authorization": "lin_api_x"}
    assert credentials.linear(env) is None


@pytest.mark.parametrize("value", ["two words", "a\nX-Evil: 1", "\udc80", "\u2026"])
async def test_a_variable_that_holds_no_token_is_passed_over(env, value):
    found = await credentials.github("github.com", env | {"GH_TOKEN": value, "GITHUB_TOKEN": "b"})
    assert (found.token, found.source) == ("b", "$GITHUB_TOKEN")


async def test_a_host_asks_git_nothing_else(env, program, tmp_path):
    program("gh", "exit 1")
    helper = f"!f() {{ cat >>{tmp_path}/asked; echo username=x; echo password=p; }}; f"
    Path(env["HOME"], ".gitconfig").write_text(f'[credential]\n\thelper = "{helper}"\n')
    assert await credentials.github("evil.example\nhost=github.com", env) is None
    assert not (tmp_path / "asked").exists()


async def test_git_is_asked_for_the_port_and_the_protocol(env, program, tmp_path):
    program("gh", "exit 1")
    helper = f"!f() {{ cat >>{tmp_path}/asked; echo username=x; echo password=p; }}; f"
    Path(env["HOME"], ".gitconfig").write_text(f'[credential]\n\thelper = "{helper}"\n')
    assert (await credentials.github("127.0.0.1:8080", env, "http")).token == "p"
    asked = (tmp_path / "asked").read_text().splitlines()
    assert {"protocol=http", "host=127.0.0.1:8080"} <= set(asked)
