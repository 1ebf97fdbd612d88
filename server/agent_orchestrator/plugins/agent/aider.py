"""The ``aider`` agent: one message, its edits, its commit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from attrs import field, frozen

from agent_orchestrator.model.config import AgentConfig, PermissionsConfig
from agent_orchestrator.plugins.agent.output import paragraph
from agent_orchestrator.plugins.agent.permit import patterns
from agent_orchestrator.plugins.agent.program import any_set, given, home, no_command, not_found, program_words
from agent_orchestrator.plugins.agent.trouble import kind_of
from agent_orchestrator.ports.agent import (
    NO_CREDIT,
    NOT_LOGGED_IN,
    REFUSED,
    UNREACHABLE,
    Bench,
    Launch,
    Task,
    Told,
    Usage,
)

#: The conversation of a session: there is one, and it is in a file of the session's folder.
HISTORY = "chat-history"

#: No question, no other network than the model's, nothing to look at, nothing written into the worktree but edits.
_QUIET = (
    *("--yes-always", "--no-suggest-shell-commands", "--no-detect-urls", "--disable-playwright"),
    *("--no-check-update", "--no-analytics", "--no-show-release-notes", "--no-show-model-warnings"),
    *("--no-pretty", "--no-stream", "--no-fancy-input", "--no-gitignore"),
)
#: Where it keeps the map of the repository, in the worktree: it is no work of anyone's.
_CACHE = ".aider.tags.cache.v*"

_ERROR = re.compile(r"^litellm\.(?P<kind>\w+): (?P<words>.*)$")
_TOKENS = re.compile(r"^Tokens: (?P<counts>.*)$")
_COUNT = re.compile(r"(?P<number>[\d.,]+)(?P<unit>[kM]?) (?P<what>sent|received|cache hit)")
_COST = re.compile(r"\$(?P<cost>[\d.]+) message")
_NOTE = re.compile(
    r"^(Detected |HTTPSConnectionPool|Aider v|Model: |Main model: |Weak model: |Editor model: |Git repo: |Repo-map: |"
    r"Added |Restored |Applied edit |Commit |Retrying |The API provider|The LLM did not|Tokens: |litellm\.)"
)
_BLOCK = re.compile(r"^(?:\S+\n)?```.*?^```$\n?", re.MULTILINE | re.DOTALL)
_KINDS = {
    "AuthenticationError": NOT_LOGGED_IN,
    "PermissionDeniedError": NOT_LOGGED_IN,
    "BadRequestError": REFUSED,
    "ContextWindowExceededError": REFUSED,
    "ContentPolicyViolationError": REFUSED,
    "NotFoundError": REFUSED,
    "UnprocessableEntityError": REFUSED,
    "InternalServerError": UNREACHABLE,
    "APIError": UNREACHABLE,
}


@frozen
class AiderAgent:
    """Runs ``aider --message-file`` on the files of the failures, and restores its chat for the next turn.

    It has no tools: it edits the files it is given, and others that it asks for or that exist by no name yet, and
    commits them. It runs no command (but the linter of the user's own configuration), so ``allow`` and ``bypass``
    change nothing; of ``deny`` only ``Edit`` with a path is kept, as a file that it must not see. Without a file to
    begin with it has a map of the repository. It exits with 0 on errors: they are read from what it prints.
    """

    command: str | tuple[str, ...] | None = None
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(factory=dict, repr=False)
    name: str = "aider"
    model: str = ""
    permissions: PermissionsConfig = field(factory=PermissionsConfig)
    free_text: bool = True
    #: It has one way to be talked to.
    channel: str = ""

    def unavailable(self, environ: Mapping[str, str]) -> str | None:
        """Its program is missing, or there is neither a key nor a configuration that may have one."""
        own = {**environ, **self.env}
        install = "install it with `python -m pip install aider-install && aider-install`"
        missing = not_found(self.name, program_words(self.command, "aider"), own, install)
        files = (".aider.conf.yml", ".env", ".aider/oauth-keys.env")
        keys = ("*_API_KEY", "*_API_BASE", "AIDER_API_KEY", "AWS_PROFILE", "AWS_ACCESS_KEY_ID", "VERTEXAI_PROJECT")
        if missing or any_set(own, *keys) or any((home(own) / file).is_file() for file in files):
            return missing
        return f"agent {self.name!r} has no key; set one, like OPENAI_API_KEY, or write it into ~/.aider.conf.yml"

    def launch(self, task: Task, bench: Bench, task_file: Path) -> Launch:
        """A turn with a new chat, or with the chat of earlier turns."""
        message, history = bench.folder / "aider-message", bench.folder / "aider-chat.md"
        goes_on = bool(bench.conversation and history.is_file())
        argv = [*program_words(self.command, "aider"), *_QUIET, "--message-file", str(message)]
        argv += ["--chat-history-file", str(history), "--input-history-file", str(bench.folder / "aider-input")]
        argv += ["--model", self.model] if self.model else []
        argv += ["--restore-chat-history"] if goes_on else []
        files = {message: no_command(task.prompt)}
        denied = [p.what for p in patterns(self.permissions.deny) if p.tool in ("Edit", "Write") and p.what]
        if denied:
            ignored = bench.folder / "aider-ignore"
            files[ignored] = "\n".join([*_lines(bench.tree / ".aiderignore"), *denied, ""])
            argv += ["--aiderignore", str(ignored)]
        edited = _files(task, bench.tree)
        if edited:
            argv += ["--map-tokens", "0", *self.args, *edited]
        else:
            clean = f'"$@"; code=$?; rm -rf {_CACHE}; exit $code'
            argv = ["sh", "-c", clean, "sh", *argv, *self.args]
        # The prices come with it, and it would fetch newer ones; what it prints it would break into short lines.
        return Launch(tuple(argv), {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "COLUMNS": "4096", **self.env}, "", files)

    def told(self, output: str, code: int | None) -> Told:
        """What it said last without its edits, the tokens it counted, and an error after which it got no answer."""
        lines = output.replace("\r", "").splitlines()
        answered = max((at for at, line in enumerate(lines) if _TOKENS.match(line)), default=-1)
        failed = [found for line in lines[answered + 1 :] if (found := _ERROR.match(line))]
        words = _inner(failed[-1]["words"]) if failed else _said(lines[:answered]) if answered >= 0 else ""
        commit = next((line for line in reversed(lines) if line.startswith("Commit ")), "")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        error = ""
        if failed:
            kind = kind_of(failed[-1][0])
            error = kind if kind == NO_CREDIT else _KINDS.get(failed[-1]["kind"], kind)
        return Told(
            words=paragraph(words or commit or last),
            conversation=HISTORY if answered >= 0 else None,
            error=error or (kind_of(last) if code else ""),
            usage=_usage(lines),
        )


def make(config: AgentConfig | None) -> AiderAgent:
    """The agent of a configuration."""
    return AiderAgent(**given(config))


def _lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8", errors="replace").splitlines() if file.is_file() else []


def _files(task: Task, tree: Path) -> tuple[str, ...]:
    """Files of the worktree that the failures are about: where they are, and what their output names as a frame."""
    named = (name for failure in task.failures for name in (failure.file, *_frames(failure.output)))
    inside = (Path(name) for name in dict.fromkeys(named) if name and not name.startswith("-"))
    found = (path.relative_to(tree) if path.is_relative_to(tree) else path for path in inside)
    kept = (path for path in found if not path.is_absolute() and ".." not in path.parts and (tree / path).is_file())
    return tuple(dict.fromkeys(str(path) for path in kept))


def _frames(output: str) -> Iterator[str]:
    """``path:line:`` and ``File "path", line`` of a test's output."""
    for found in re.finditer(r'^(?:\s*File "(?P<file>[^"]+)", line \d|(?P<path>[^\s:]+):\d+: )', output, re.MULTILINE):
        yield found["file"] or found["path"]


def _inner(words: str) -> str:
    """The words of the service, after the names of the errors that they went through."""
    return re.sub(r"^(?:\w+: )*(?:\w+Exception - )?", "", words)


def _said(lines: list[str]) -> str:
    """What it said last: the lines before its count of tokens, without blocks of code and names of files."""
    start = max((at + 1 for at, line in enumerate(lines) if _NOTE.match(line)), default=0)
    said = _BLOCK.sub("", "\n".join(lines[start:]) + "\n")
    return re.sub(r"\A(?:\s*[^\s.]*\.\w+\n)+", "", said).strip()


def _usage(lines: list[str]) -> Usage | None:
    counts = [found["counts"] for line in lines if (found := _TOKENS.match(line))]
    if not counts:
        return None
    sums: dict[str, int] = {}
    for found in (found for text in counts for found in _COUNT.finditer(text)):
        number = float(found["number"].replace(",", "")) * {"": 1, "k": 1000, "M": 1_000_000}[found["unit"]]
        sums[found["what"]] = sums.get(found["what"], 0) + round(number)
    costs = [float(found["cost"]) for text in counts if (found := _COST.search(text))]
    return Usage(
        input_tokens=sums.get("sent"),
        output_tokens=sums.get("received"),
        cached_tokens=sums.get("cache hit"),
        cost=sum(costs) if costs else None,
        steps=len(counts),
    )
