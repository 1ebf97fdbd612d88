"""Finding and loading ``agent-orchestrator.yaml``. Whatever the file holds, the answer is a value with diagnostics."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from pathlib import Path

from attrs import evolve, field, frozen

from agent_orchestrator.config.diagnostic import Diagnostic, at_node
from agent_orchestrator.config.nodes import MAX_BYTES, Node, TextProblem, compose, decode, find_node, is_mapping, place
from agent_orchestrator.config.read import Reading, read_config
from agent_orchestrator.config.scalars import describe
from agent_orchestrator.model.config import FILE_NAMES, Config
from agent_orchestrator.model.config_kinds import default_text, keys
from agent_orchestrator.model.config_problem import Code, Problem, Severity
from agent_orchestrator.model.config_rules import machine_wide_differences

FOLDER = "agent-orchestrator"
#: Either names the file; the first one that is set counts.
VARIABLES = ("AO_CONFIG", "AO_CONFIG_PATH")


@frozen(kw_only=True)
class Loaded:
    """A configuration as far as it could be read, and everything to know about its text, in the order of the text."""

    config: Config = field(default=Config())
    diagnostics: tuple[Diagnostic, ...] = ()
    file: Path | None = None

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """The diagnostics that are errors."""
        return tuple(d for d in self.diagnostics if d.severity is Severity.ERROR)

    @property
    def blocking(self) -> tuple[Diagnostic, ...]:
        """Errors outside of ``projects``: a default stands where the person wanted something else (a limit, say)."""
        return tuple(d for d in self.errors if d.path[:1] != ("projects",) or len(d.path) == 1)


def user_config_folder(environ: Mapping[str, str]) -> Path:
    """The folder of the user's own configuration, by an environment that may be another process's."""
    if base := environ.get("XDG_CONFIG_HOME"):
        return Path(base) / FOLDER
    if sys.platform.startswith("linux") and (home := environ.get("HOME")):
        return Path(home) / ".config" / FOLDER
    import platformdirs

    return platformdirs.user_config_path(FOLDER, appauthor=False)


def user_config_file(environ: Mapping[str, str]) -> Path:
    """The user's own file, which decides machine-wide keys where it exists."""
    return _in_folder(user_config_folder(environ)) or user_config_folder(environ) / FILE_NAMES[0]


def find(cwd: Path, environ: Mapping[str, str]) -> Path | None:
    """The configuration for work in ``cwd``: what ``AO_CONFIG`` names, else upward from ``cwd``, else the user's own.

    A file that is named is answered even when it does not exist, so that loading it can say so.
    """
    cwd = cwd.absolute()
    for variable in VARIABLES:
        if named := environ.get(variable):
            return cwd / _expand(named, environ)
    for folder in (cwd, *cwd.parents):
        if found := _in_folder(folder):
            return found
    return _in_folder(user_config_folder(environ))


def load(
    file: Path,
    *,
    environ: Mapping[str, str] | None = None,
    names: Mapping[str, Collection[str]] | None = None,
) -> Loaded:
    """Load a file. ``environ`` tells the home folder and the user's own file, which decides machine-wide keys.

    ``names`` are the names of installed plugins by slot (``agent``, ``runtime`` …), beyond the built-in ones.
    Never raises for anything a file system or a file can hold.
    """
    environ = environ or {}
    data = _read(file)
    if isinstance(data, Diagnostic):
        return Loaded(file=file, diagnostics=(data,))
    user = user_config_file(environ)
    user_data = None if _same(user, file) else _read(user) if _is_file(user) else None
    user_loaded = load_text(user_data, user, environ=environ, names=names) if isinstance(user_data, bytes) else None
    return load_text(data, file, environ=environ, names=names, user=user_loaded)


def load_text(
    text: str | bytes,
    file: Path | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    names: Mapping[str, Collection[str]] | None = None,
    user: Loaded | None = None,
) -> Loaded:
    """Load a text that is, or could be, the content of ``file`` (an editor's unsaved buffer, say). Reads no file.

    ``user`` is the user's own file, loaded, where that is another one.
    """
    shown = str(file or FILE_NAMES[0])
    decoded = decode(text) if isinstance(text, bytes) else text.removeprefix("\ufeff")
    root = decoded if isinstance(decoded, TextProblem) else compose(decoded)
    if isinstance(root, TextProblem):
        source = decoded if isinstance(decoded, str) else _decode_start(text)
        return _with_user(Loaded(file=file, diagnostics=(_text_diagnostic(shown, source, root),)), None, user)
    if root is None:
        return _with_user(Loaded(file=file), None, user)
    if not is_mapping(root):
        problem = Problem(
            path=(),
            message="a configuration is a mapping of keys to values",
            code=Code.TYPE,
            found=describe(root),
            allowed="keys such as " + ", ".join(key.wire for key in keys(Config)[1:]),
        )
        return _with_user(Loaded(file=file, diagnostics=(at_node(shown, root, problem),)), None, user)
    home = Path((environ or {}).get("HOME") or Path.home())
    reading = Reading(file=shown, base=(file or Path(FILE_NAMES[0])).absolute().parent, home=home, names=names or {})
    config = read_config(root, reading)
    ordered = tuple(sorted(reading.diagnostics, key=lambda d: (d.line, d.column)))
    return _with_user(Loaded(config=config, diagnostics=ordered, file=file), root, user)


def _with_user(loaded: Loaded, root: Node | None, user: Loaded | None) -> Loaded:
    """Let the user's file decide the machine-wide keys, and say where the project's file wants something else."""
    if user is None:
        return loaded
    machine_wide = {key.wire: key for key in keys(Config) if key.machine_wide}
    notes = [d for d in user.diagnostics if not d.path or d.path[0] in machine_wide]
    written = (lambda wire: False) if root is None else (lambda wire: find_node(root, (wire,)) is not None)
    for wire in machine_wide_differences(loaded.config, user.config, written):
        nodes = find_node(root, (wire,)) if root is not None else None
        if nodes is not None:
            wanted = default_text(getattr(user.config, machine_wide[wire].attribute))
            problem = Problem(
                path=(wire,),
                message=f"`{wire}` is decided for the whole machine by your own file, which says otherwise",
                code=Code.MACHINE_WIDE,
                severity=Severity.WARNING,
                found=describe(nodes[1]),
                allowed=wanted or "what your own file says",
                suggestion=f"setting it in {user.file}",
            )
            notes.append(at_node(str(loaded.file or FILE_NAMES[0]), nodes[1], problem))
    decided = {key.attribute: getattr(user.config, key.attribute) for key in machine_wide.values()}
    return evolve(loaded, config=evolve(loaded.config, **decided), diagnostics=(*loaded.diagnostics, *notes))


def _text_diagnostic(file: str, text: str, problem: TextProblem) -> Diagnostic:
    line, column = place(text, problem.index)
    return Diagnostic(
        file=file,
        line=line,
        column=column,
        end_line=line,
        end_column=column + 1,
        severity=Severity.ERROR,
        code=Code.SYNTAX,
        path=(),
        message=problem.message,
        found=problem.found,
        allowed=problem.allowed,
    )


def _decode_start(text: str | bytes) -> str:
    return text if isinstance(text, str) else text[: MAX_BYTES + 1].decode("utf-8", "replace").removeprefix("\ufeff")


def _read(file: Path) -> bytes | Diagnostic:
    try:
        if file.exists() and not file.is_file():
            raise OSError("it is not a file")
        with file.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        return Diagnostic(
            file=str(file),
            line=1,
            column=1,
            end_line=1,
            end_column=1,
            severity=Severity.ERROR,
            code=Code.FILE,
            path=(),
            message=f"the configuration can not be read: {getattr(error, 'strerror', None) or error}",
            allowed="a readable file",
            suggestion="`ao start`, which writes one, or correct AO_CONFIG",
        )


def _in_folder(folder: Path) -> Path | None:
    return next((folder / name for name in FILE_NAMES if _is_file(folder / name)), None)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _same(first: Path, second: Path) -> bool:
    try:
        return first.samefile(second)
    except (OSError, ValueError):
        return False


def _expand(named: str, environ: Mapping[str, str]) -> Path:
    home = environ.get("HOME")
    if home and (named == "~" or named.startswith("~/")):
        return Path(home) / named[2:]
    return Path(named)
