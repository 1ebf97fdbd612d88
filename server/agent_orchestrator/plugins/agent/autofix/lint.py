"""Lint failures: the tool's own fixer, for one rule in one file, and proof that nothing else got worse."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from .outcome import Ending, done, nothing
from .source import unified
from .task import Failure, Task

_KEPT = ("--config", "--target-version")
_KEPT_ALONE = ("--preview", "--isolated")


@dataclass(frozen=True)
class Ruff:
    """How to call ruff: the command up to its name, and the options of the check that change what it finds."""

    command: tuple[str, ...]
    options: tuple[str, ...]

    def run(self, root: Path, *arguments: str) -> tuple[int, str, str]:
        """Run ``ruff check`` and return (exit code, output, errors); code 127 when it can not be started."""
        line = [*self.command, "check", *self.options, "--no-cache", "--force-exclude", *arguments]
        environment = {**os.environ, "NO_COLOR": "1", "RUFF_NO_CACHE": "true"}
        try:
            done = subprocess.run(
                line, cwd=root, env=environment, capture_output=True, text=True, timeout=60, check=False,
                stdin=subprocess.DEVNULL,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as error:
            return 127, "", str(error)
        return done.returncode, done.stdout, done.stderr

    def counts(self, root: Path, file: str, rule: str = "") -> Counter[str] | str:
        """Count the violations in a file by rule (of one rule, or as the project configures); a text on trouble."""
        select = ("--select", rule) if rule else ()
        code, output, errors = self.run(root, *select, "--output-format", "json", "--no-fix", "--", file)
        try:
            found = json.loads(output)
        except ValueError:
            return errors.strip() or f"ruff ended with {code} and no report"
        return Counter(str(one.get("code") or "invalid-syntax") for one in found)


def ruff_from(argv: Sequence[str]) -> Ruff:
    """Read how the check calls ruff; without that, ruff from PATH."""
    places = [index for index, word in enumerate(argv) if PurePath(word).name == "ruff"]
    if not places:
        return Ruff(("ruff",), ())
    words = list(argv[places[0] + 1 :])
    options: list[str] = []
    for index, word in enumerate(words):
        if word in _KEPT_ALONE or word.startswith(tuple(f"{name}=" for name in _KEPT)):
            options.append(word)
        elif word in _KEPT and index + 1 < len(words):
            options += [word, words[index + 1]]
    return Ruff(tuple(argv[: places[0] + 1]), tuple(options))


def fix_lint(root: Path, task: Task, failures: Sequence[Failure]) -> Ending:
    """Fix each (rule, file) of the failures with ruff's fixer; safe fixes first, unsafe ones only if some are left."""
    endings: list[Ending] = []
    for rule, file, check in dict.fromkeys((one.rule, one.file, one.check) for one in failures):
        argv, form = task.argv.get(check, ()), task.formats.get(check, "")
        if form != "ruff" and not any(PurePath(word).name == "ruff" for word in argv):
            endings.append(nothing("no-fixer", f"{check or form or 'this check'} has no fixer that autofix knows"))
        else:
            endings.append(_fix(root, ruff_from(argv), rule, file))
    made = [ending for ending in endings if ending.code == 0]
    if len(made) > 1:
        return _several(made)
    return (made or endings)[0]


def _several(made: Sequence[Ending]) -> Ending:
    text = "; ".join(ending.sentence.replace("autofix: ", "", 1) for ending in made)
    return done(text, edits=[dict(ending.report) for ending in made], confidence="fair")


def _fix(root: Path, ruff: Ruff, rule: str, file: str) -> Ending:
    """Fix one rule in one file, or leave the file as it was."""
    place = root / file
    if not file or root.resolve() not in place.resolve().parents or not place.is_file():
        return nothing("no-fixer", f"{file or 'the file'} is not a file of this worktree")
    before = place.read_bytes()
    counted, all_before = ruff.counts(root, file, rule), ruff.counts(root, file)
    if isinstance(counted, str) or isinstance(all_before, str):
        return nothing("no-fixer", f"ruff can not check {file}: {counted if isinstance(counted, str) else all_before}")
    if not counted:
        return nothing("already-green", f"{rule} has no violation in {file}")
    why = f"ruff has no fixer for the {sum(counted.values())} of {rule} in {file}"
    for unsafe in (False, True):
        switch = "--unsafe-fixes" if unsafe else "--no-unsafe-fixes"
        ruff.run(root, "--select", rule, "--fix", switch, "--quiet", "--", file)
        after = place.read_bytes()
        problem = _problem(root, ruff, rule, file, after, all_before)
        if after != before and not problem:
            kind = "unsafe fixes (they may change what the code does)" if unsafe else "safe fixes"
            return done(
                f"ruff's own {kind} for {rule} in {file}: none of {sum(counted.values())} is left",
                edit=unified(file, before, after),
                operator=f"ruff {rule}",
                file=file,
                rule=rule,
                unsafe=unsafe,
                fixed=sum(counted.values()),
                confidence="low" if unsafe else "fair",
            )
        why = problem if after != before else why
        place.write_bytes(before)
    return nothing("no-fixer", why)


def _problem(root: Path, ruff: Ruff, rule: str, file: str, after: bytes, all_before: Counter[str]) -> str:
    """Return why the fixed file is not acceptable; empty when it is."""
    left, everything = ruff.counts(root, file, rule), ruff.counts(root, file)
    if isinstance(left, str) or isinstance(everything, str):
        return f"ruff can not check {file} after its own fix"
    if left:
        return f"ruff's fixes leave {sum(left.values())} of {rule} in {file}"
    more = sorted(code for code, count in everything.items() if count > all_before.get(code, 0))
    if more:
        return f"ruff's fixes of {rule} in {file} add {', '.join(more)}"
    if file.endswith((".py", ".pyi")):
        try:
            compile(after, file, "exec", dont_inherit=True)
        except (SyntaxError, ValueError) as error:
            return f"ruff's fixes of {rule} leave {file} broken under Python {sys.version.split()[0]}: {error}"
    return ""
