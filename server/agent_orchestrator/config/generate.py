"""The commented configuration that is written where there is none."""

from __future__ import annotations

from collections.abc import Mapping

from agent_orchestrator.config import render
from agent_orchestrator.config.schema import schema_uri


def generate(
    project_id: str,
    path: str,
    *,
    repo: str | None = None,
    default_branch: str | None = None,
    checks: Mapping[str, Mapping[str, render.Plain]] | None = None,
    schema: str | None = None,
    forge: str = "",
) -> str:
    """The text of a first ``agent-orchestrator.yaml`` for one project.

    ``path`` is written as given (``~``, ``.`` and absolute paths are fine); ``checks`` are what was detected, by id
    with the keys of a check; ``schema`` is what ``$schema`` names, this installation's copy where it is None. ``forge``
    is the host of the forge that the project is at, where that is known. What is left out stays in the text as a
    comment that shows the key.
    """
    named = schema_uri() if schema is None else schema
    head = [f"$schema: {render.text(named)}"] if named else []
    return (
        "\n".join((*head, *_HEAD, *_project(project_id, path, repo, default_branch, checks or {}, forge), *_TAIL))
        + "\n"
    )


def _project(
    project_id: str,
    path: str,
    repo: str | None,
    default_branch: str | None,
    checks: Mapping[str, Mapping[str, render.Plain]],
    forge: str,
) -> list[str]:
    return [
        "projects:",
        f"  {render.key(project_id)}:",
        f"    path: {render.text(path)}",
        f"    repo: {render.text(repo)}" if repo else "    # repo: owner/name   # default: the remote `origin`",
        f"    defaultBranch: {render.text(default_branch)}"
        if default_branch
        else "    # defaultBranch: main   # default: the remote's HEAD, else the current branch",
        "    # sessionPrefix: app   # short form in session names; default: the project's id",
        "    # postCreate: uv sync   # runs in each new worktree",
        "",
        "    # What can be red. Without `checks` they are detected; `ao check` says what was found and why.",
        *(render.block("checks", checks, 4, 2) if checks else _CHECKS),
        "",
        "    # landing:",
        "    #   setup: uv sync   # makes the environment in which fixes are proven",
        "    #   strategy: squash   # or merge, rebase",
        "    #   checkout: ask   # or ff: fast-forward your checkout; never: land on the branch ao/landed",
        *([f"    #   mode: pull-request   # proven work becomes a pull request at {forge}"] if forge else []),
        *(_scm(forge) if forge else []),
        "",
    ]


def _scm(forge: str) -> list[str]:
    return [
        "",
        f"    # Follow the pull requests at {forge}: `ao pulls` shows them, with what CI and reviewers say.",
        "    # scm:",
        "    #   rerun: 1   # how often failed jobs are run again before an agent is woken",
        "    #   draft: true   # open pull requests as drafts; default: false",
    ]


_HEAD = (
    "# Agent Orchestrator. `ao config-help` explains every key; `ao config set <key> <value>` keeps these comments.",
    "",
    "defaults:",
    "  # runtime: tmux   # or process; default: tmux where it is installed",
    "  # agent: claude-code   # or a name under `agents`; default: autofix, which needs no model",
    "  workspace: worktree",
    "",
    "# Agents of your own: any program that works on the task named by AO_TASK_FILE.",
    "# agents:",
    "#   mine:",
    "#     command: [my-agent, --headless]",
    "",
)
_CHECKS = (
    "    # checks:",
    "    #   tests:",
    '    #     command: "{python} -m pytest"',
    "    #     format: pytest",
    "    #     timeout: 600   # seconds",
)
_TAIL = (
    "# limits:",
    "#   agents: 4   # at one time; default: the number of cores",
    "#   attempts: 3   # turns for one task",
    "#   minutes: {turn: 30, session: 120}",
    "",
    "# port: 3000   # the dashboard's",
)
