"""The configuration of checks and of landing: what can be red, and how a proven fix reaches the main branch."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import Factory, field, frozen

from agent_orchestrator.model.config_kinds import (
    Choice,
    Command,
    Flag,
    Integer,
    Many,
    Matcher,
    Number,
    Scalar,
    Shell,
    Table,
    Text,
    key,
)

#: The part of git-check-ref-format(1) that a pattern can say; a leading dash would be read as an option.
BRANCH = Text(
    r"(?![-/.])(?!.*(?:\.\.|//|@\{|/\.|\.lock(?:/|$)))[^\x00-\x20\x7f~^:?*\[\\]*[^\x00-\x20\x7f~^:?*\[\\/.]",
    "a branch name",
)
ENV = Table(Scalar(), r"[A-Za-z_][A-Za-z0-9_]*", "names of environment variables")
CHECK_PLACEHOLDERS = ("report", "file", "files", "python")
RERUN_PLACEHOLDERS = ("tests", "test", *CHECK_PLACEHOLDERS)


@frozen(kw_only=True)
class PatternConfig:
    """One line of a problem matcher, in VS Code's syntax. Group numbers count from 1; 0 is the whole match."""

    regexp: str = field(default="", metadata=key(Text(), "The regular expression one line must match.", required=True))
    file: int | None = field(default=None, metadata=key(Integer(), "Group that holds the file.", default="1"))
    line: int | None = field(default=None, metadata=key(Integer(), "Group that holds the line, which counts from 1."))
    column: int | None = field(default=None, metadata=key(Integer(), "Group that holds the column."))
    end_line: int | None = field(default=None, metadata=key(Integer(), "Group that holds the last line."))
    end_column: int | None = field(default=None, metadata=key(Integer(), "Group that holds the last column."))
    severity: int | None = field(default=None, metadata=key(Integer(), "Group that holds error, warning or info."))
    code: int | None = field(default=None, metadata=key(Integer(), "Group that holds the rule's code."))
    message: int | None = field(
        default=None, metadata=key(Integer(), "Group that holds the message.", default="0, the whole match")
    )
    loop: bool = field(
        default=False, metadata=key(Flag(), "Match the last pattern of a list again for each following line.")
    )


FORMAT = Matcher(
    (
        *("junit", "sarif", "pytest", "ruff", "mypy", "unittest"),
        *("github", "tap", "go-json", "cargo", "gcc", "maven"),
    ),
    (),
    PatternConfig,
)


@frozen(kw_only=True)
class CheckConfig:
    """One command that can be red: tests, a linter, a type checker, a build."""

    id: str
    command: Command = field(
        default="",
        metadata=key(
            Shell(),
            "What is run, in the root of the tree under test. `{report}` is a fresh path for the machine-readable "
            "report, `{file}` one file and `{files}` several (as arguments), `{python}` the project's Python.",
            required=True,
        ),
    )
    format: str | tuple[PatternConfig, ...] | None = field(
        default=None,
        metadata=key(
            FORMAT,
            "How the report or output is read: a name, or a VS Code problem matcher (a mapping with `regexp`, "
            "or a list of them for output over several lines). `go-json` reads `go test -json`; `gcc` clang and make "
            "too; `cargo` its text and `--message-format=json`; `github` workflow commands (`::error file=…::…`).",
            default="told from the command's program; where that says nothing, only the exit code counts",
        ),
    )
    rerun: Command | None = field(
        default=None,
        metadata=key(
            Shell(),
            "Runs some of the check's items again: `{tests}` are test ids (as arguments), `{test}` is one, "
            "`{file}` a file.",
            default="made from the format where it is known, else the whole command",
        ),
    )
    timeout: float = field(
        default=600, metadata=key(Number(), "Seconds after which the check and all it started is killed.")
    )
    env: Mapping[str, str] = field(
        default=Factory(dict), metadata=key(ENV, "Environment variables for this check, added to the project's.")
    )
    on: tuple[str, ...] = field(
        default=("start", "landing"),
        metadata=key(
            Many(Choice(("start", "save", "landing", "manual")), single=True),
            "When it runs: when the project is opened, when a file is saved, before landing, or only when asked.",
        ),
    )


@frozen(kw_only=True)
class LandingConfig:
    """How a proven fix reaches the main branch."""

    gate: tuple[str, ...] | None = field(
        default=None,
        metadata=key(
            Many(Text(), minimum=1),
            "The checks that must be proven before landing, in this order, by id.",
            default="all checks of the project",
        ),
    )
    setup: Command | None = field(
        default=None,
        metadata=key(
            Shell(),
            "Makes the environment of a slot, such as `uv sync` or `npm ci`. Without it Python uses the main "
            "environment read-only with the slot's own sources in front.",
            default="none",
        ),
    )
    keep: tuple[str, ...] = field(
        default=(),
        metadata=key(Many(Text()), "Build outputs that stay in a slot between gates (patterns as in .gitignore)."),
    )
    cache: tuple[str, ...] = field(
        default=(),
        metadata=key(
            Many(Text()),
            "Dependency folders that stay in a slot and are never saved with a session (patterns as in .gitignore). "
            "`.venv` and `node_modules` always are.",
        ),
    )
    mode: str = field(
        default="local",
        metadata=key(
            Choice(("local", "pull-request")),
            "Proven work lands on the target here, or becomes a pull request that is merged at the forge.",
        ),
    )
    strategy: str = field(
        default="squash",
        metadata=key(
            Choice(("squash", "merge", "rebase")),
            "What a landing becomes: one commit, a merge commit, or a merge of the rebased commits.",
        ),
    )
    target: str | None = field(
        default=None, metadata=key(BRANCH, "The branch fixes land on.", default="the project's `defaultBranch`")
    )
    checkout: str = field(
        default="ask",
        metadata=key(
            Choice(("ask", "ff", "never")),
            "Whether your own checkout of the target may be fast-forwarded: ask once, always (`ff`), or `never`: then "
            "fixes land on the branch `ao/landed`. With nobody to ask, `ask` is `never`.",
        ),
    )
    push: bool = field(default=False, metadata=key(Flag(), "Push the target to its upstream after a landing."))
    evidence: str = field(
        default="tree",
        metadata=key(
            Choice(("tree", "commit", "off")),
            "What earlier proof may be reused for: the same tree, only the same commit (for gates that read git's "
            "metadata), or nothing.",
        ),
    )
