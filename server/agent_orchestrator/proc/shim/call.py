"""One call of a forge's program by an agent: answered from the snapshot, refused, or passed on, and counted."""

from __future__ import annotations

import os
import sys
import time

from agent_orchestrator.model.shim.alias import aliases_of
from agent_orchestrator.model.shim.answer import Answer, usable
from agent_orchestrator.model.shim.judge import judge
from agent_orchestrator.model.shim.verdict import BLOCKED, WRITE, Place, repository
from agent_orchestrator.proc.shim import files
from agent_orchestrator.proc.shim.real import real_program, run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

#: Bytes of a file named by an argument that are looked at.
_MOST = 1 << 20
#: Variables that have the program write something else than into a pipe, or to elsewhere than the repository.
_OTHERWISE = {"gh": ("GH_FORCE_TTY", "GH_DEBUG", "DEBUG", "GH_HOST", "GH_REPO"), "glab": ("DEBUG",)}
#: Program → the forge whose it is.
_FORGES = {"gh": "github", "glab": "gitlab"}
#: Program → the variables that name its host, and the host where none does; and the one that names a repository.
_HOSTS = {"gh": (("GH_HOST",), "github.com"), "glab": (("GITLAB_HOST", "GL_HOST", "GITLAB_URI"), "gitlab.com")}
_REPOSITORIES = {"gh": "GH_REPO", "glab": "GITLAB_REPO"}


def call(folder: str, program: str, args: Sequence[str]) -> int:
    """Carry out ``PROGRAM ARGS``; return its exit status."""
    begun = time.time()
    seen = _json(os.path.join(folder, files.PULL))
    place = _place(program, folder, seen)
    verdict = judge(program, args, place, _aliases(program), _read)
    if verdict.kind == BLOCKED:
        said = f"{program} {verdict.head}".strip()
        sys.stderr.write(f"ao: `{said}` was not run: {verdict.why}.\n")
        _count(folder, begun, said, "blocked", 1)
        return 1
    said = f"{program} {verdict.head}".strip()
    its_own = seen.get("forge") == _FORGES[program]
    if its_own and not sys.stdout.isatty() and not any(map(os.environ.get, _OTHERWISE[program])):
        told = _answered(folder, program, args, seen, place)
        if told is not None:
            _count(folder, begun, said, "snapshot", told.code)
            return told.code
    real = real_program(program, os.environ.get("PATH", os.defpath))
    if real is None:
        sys.stderr.write(f"sh: 1: {program}: not found\n")
        _count(folder, begun, said, "missing", 127)
        return 127
    code = run(real, [program, *args])
    if verdict.kind == WRITE:
        _write(os.path.join(folder, files.WROTE), "")
    _count(folder, begun, said, "passed", code)
    return code if code >= 0 else 128 - code


def _answer(folder: str, program: str, args: Sequence[str], seen: dict[str, Any], place: Place) -> Answer | None:
    """What the snapshot says; None: it is too old, or can not tell. Raises as the answers of the programs do."""
    now = time.time()
    if not usable(seen, now, _time_of(folder), _text(os.path.join(folder, files.PUSHED)).strip()):
        return None
    if program == "gh":
        from agent_orchestrator.model.shim.answer import answer as of_gh

        return of_gh(args, seen, place)
    from agent_orchestrator.model.shim.glab import answer as of_glab

    def version() -> tuple[int, int] | None:
        from agent_orchestrator.proc.shim.version import version_of

        real = real_program(program, os.environ.get("PATH", os.defpath))
        return version_of(real, os.path.join(folder, files.VERSION)) if real else None

    return of_glab(args, seen, place, now, version)


def _answered(folder: str, program: str, args: Sequence[str], seen: dict[str, Any], place: Place) -> Answer | None:
    """Print the answer of the snapshot, as often as it is watched; None: the program itself has to answer."""
    shown = ""
    while True:
        try:
            told = _answer(folder, program, args, seen, place)
        except (LookupError, TypeError, AttributeError):
            return None
        if told is None:
            return None
        try:
            again = told.same and told.same == shown
            for stream, text in () if again else ((sys.stdout, told.out), (sys.stderr, told.err)):
                stream.buffer.write(text.encode(errors="surrogateescape"))
                stream.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            return told
        if not told.again:
            return told
        shown = told.same
        time.sleep(told.again)
        seen = _json(os.path.join(folder, files.PULL))


def _place(program: str, folder: str, seen: dict[str, Any]) -> Place:
    session = _json(os.path.join(folder, files.SESSION))
    fields = seen.get("fields")
    fields = fields if isinstance(fields, dict) else {}
    tree = str(session.get("tree", ""))
    top = _top(os.getcwd())
    home = bool(tree) and top == os.path.realpath(tree)
    number, url = fields.get("number"), str(fields.get("url", ""))
    names, usual = _HOSTS[program]
    # It may be an address as well.
    named = next(filter(None, map(os.environ.get, names)), "").rpartition("://")[2].partition("/")[0]
    return Place(
        repository(str(session.get("repo", "")), url.partition("://")[2].partition("/")[0] or named or usual),
        str(session.get("branch", "")),
        number if isinstance(number, int) else 0,
        url,
        home=home,
        here=_branch(top) if home else "",
        env_repo=os.environ.get(_REPOSITORIES[program], ""),
        env_host=named,
    )


def _top(folder: str) -> str:
    """The worktree that a folder is in; empty: in none."""
    at = os.path.realpath(folder)
    while not os.path.exists(os.path.join(at, ".git")):
        if at == os.path.dirname(at):
            return ""
        at = os.path.dirname(at)
    return at


def _branch(top: str) -> str:
    """The branch that is checked out, read from git's own files; empty: none, or it can not be told."""
    git = os.path.join(top, ".git")
    if os.path.isfile(git):
        git = os.path.join(top, _text(git).strip().removeprefix("gitdir: "))
    head = _text(os.path.join(git, "HEAD")).strip()
    return head[len("ref: refs/heads/") :] if head.startswith("ref: refs/heads/") else ""


def _aliases(program: str) -> dict[str, str]:
    """The person's aliases, from where the programs themselves look for them."""
    env, home = os.environ, os.path.expanduser("~")
    config = env.get("XDG_CONFIG_HOME") or os.path.join(home, ".config")
    if program == "gh":
        folder = env.get("GH_CONFIG_DIR") or os.path.join(config, "gh")
        return aliases_of(_text(os.path.join(folder, "config.yml")))
    folder = env.get("GLAB_CONFIG_DIR") or os.path.join(config, "glab-cli")
    return aliases_of(_text(os.path.join(folder, "aliases.yml")), below="")


def _count(folder: str, begun: float, said: str, how: str, code: int) -> None:
    """A line of what was called: never an argument, which could hold a secret. One write, so that lines stay whole."""
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(begun))
    line = f"{at}\t{said}\t{how}\t{code}\n".encode()
    try:
        log = os.open(os.path.join(folder, files.CALLS), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    except OSError:
        return  # The session was cleared away meanwhile.
    os.write(log, line)
    os.close(log)


def _time_of(folder: str) -> float:
    try:
        return os.stat(os.path.join(folder, files.WROTE)).st_mtime
    except OSError:
        return 0.0


def _write(path: str, text: str) -> None:
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.utime(path)
    except OSError:
        return  # As above.


def _text(path: str) -> str:
    try:
        return _read(path)
    except (OSError, ValueError):
        return ""


def _read(path: str) -> str:
    """A file's text. Raises OSError or ValueError, also for what is none: a pipe can be read only once."""
    if not os.path.isfile(path):
        raise ValueError(path)
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        text = file.read(_MOST + 1)
    if len(text) > _MOST:
        raise ValueError(path)
    return text


def _json(path: str) -> dict[str, Any]:
    text = _text(path)
    if not text:
        return {}
    import json

    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
