"""Where the repository lies on the runner, and which of the paths in a log are its files."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable

from attrs import define, evolve, field

from agent_orchestrator.formats.paths import is_installed, is_outside
from agent_orchestrator.model.report import Finding, Frame, Kind

#: What stands for the repository's folder on the runner while a log is read.
ROOT = "/repository"

# `actions/checkout` and GitLab's runner both let git say it.
_CHECKED_OUT = re.compile(
    r"(?:Initialized empty|Reinitialized existing|Initialized existing) Git repository in (/\S{1,500}?)/\.git/?$"
)
# https://docs.github.com/actions/reference/variables-reference: GITHUB_WORKSPACE; in a container /__w, in a container
# action /github/workspace. GitLab: CI_PROJECT_DIR below builds_dir, with the concurrency's numbers on a shell executor.
_KNOWN = (
    re.compile(r"(/home/runner/work/([^/\s:]{1,100})/\2)(?=[/\s:'\")]|$)"),
    re.compile(r"(/Users/runner/work/([^/\s:]{1,100})/\2)(?=[/\s:'\")]|$)"),
    re.compile(r"(/__w/([^/\s:]{1,100})/\2)(?=[/\s:'\")]|$)"),
    re.compile(r"(/github/workspace)(?=[/\s:'\")]|$)"),
    re.compile(
        r"((?:/home/gitlab-runner)?/builds/(?:[\w-]{8,9}/\d{1,3}/)?[\w.-]{1,100}/[\w.-]{1,100})(?=[/\s:'\")]|$)"
    ),
)
_WINDOWS = re.compile(r"\b[A-Za-z]:[\\/]a[\\/]([^\\/\s:]{1,100})[\\/]\1[\\/]([^\s:'\"()]{0,500})")
_SAMPLE = 20_000
# A name without a folder is a host more often than a file (`db.internal:5432: refused`), unless it ends like source.
_SOURCE = re.compile(
    r"\.(?:py|pyi|[cm]?[jt]sx?|vue|svelte|go|rs|c|h|cc|cpp|cxx|hh|hpp|m|mm|java|kts?|scala|groovy|rb|php|pl|t|sh|bash|bats"
    r"|cs|fs|swift|ex|exs|erl|hs|ml|lua|r|jl|dart|css|scss|less|html?|xml|ya?ml|toml|json|md|rst|tex|sql|proto|tf|cmake"
    r"|gradle|ipynb|txt)$|file$",
    re.IGNORECASE,
)


def roots_in(lines: Iterable[str], told: str = "") -> tuple[str, ...]:
    """The folders that the repository has in a log, the longest first; ``told`` is one that is known already."""
    named = Counter[str]()
    checked_out: dict[str, None] = {told.rstrip("/"): None} if told.startswith("/") else {}
    for _, line in zip(range(_SAMPLE), lines, strict=False):
        if "/" not in line:
            continue
        if match := _CHECKED_OUT.search(line):
            checked_out[match[1]] = None
        for pattern in _KNOWN:
            for match in pattern.finditer(line):
                named[match[1]] += 1
    # A project of a subgroup lies deeper than a guess goes; where git told the folder no guess is needed.
    guesses = [root for root in named if not any(real.startswith(root + "/") or real == root for real in checked_out)]
    found = [*checked_out, *(root for root in guesses if not (checked_out and root.startswith("/builds/")))]
    return tuple(sorted((root for root in found if len(root) > 1), key=len, reverse=True))


def rewrite(line: str, roots: tuple[str, ...]) -> str:
    """``line`` with the repository's folder written as :data:`ROOT`."""
    for root in roots:
        if root in line:
            line = re.sub(re.escape(root) + r"(?=[/\s:'\"),;\]]|$)", ROOT, line)
    if ":\\a\\" in line or ":/a/" in line:
        line = _WINDOWS.sub(lambda hit: f"{ROOT}/" + hit[2].replace("\\", "/"), line)
    return line


@define
class Files:
    """The files of the repository, where they are known; without them every relative path could be one."""

    known: frozenset[str] | None
    by_name: dict[str, list[str]] = field(factory=dict)

    @classmethod
    def of(cls, paths: Collection[str] | None) -> Files:
        """A table of ``paths``, which are relative to the repository."""
        files = cls(frozenset(paths) if paths is not None else None)
        for path in sorted(paths or ()):
            files.by_name.setdefault(path.rpartition("/")[2], []).append(path)
        return files

    def find(self, path: str) -> str:
        """The repository's path of what a tool called ``path``; empty when it is none of its files.

        A tool that ran in a sub-folder prints less than the whole path: the one file that ends so is meant.
        """
        if not path or is_outside(path) or path.startswith("../") or is_installed(path):
            return ""
        if self.known is None:
            return path if "/" in path or _SOURCE.search(path) else ""
        if path in self.known:
            return path
        ending = "/" + path
        matching = [known for known in self.by_name.get(path.rpartition("/")[2], []) if known.endswith(ending)]
        return matching[0] if len(matching) == 1 else ""

    def place(self, finding: Finding) -> Finding:
        """``finding`` with the repository's paths only, in its key too."""
        path = self.find(finding.path)
        frames = tuple(Frame(found, f.line, f.function) for f in finding.frames if (found := self.find(f.path)))
        key = finding.key
        if path and path != finding.path:
            key = _renamed(finding, path)
        if not path:
            return evolve(finding, path="", line=0, column=0, end_line=0, end_column=0, frames=frames)
        return evolve(finding, path=path, key=key, frames=frames)


def _renamed(finding: Finding, path: str) -> str:
    """The key with the whole path where it holds the short one."""
    if finding.kind is Kind.LINT and finding.key.endswith("@" + finding.path):
        return finding.key.removesuffix(finding.path) + path
    if finding.key == finding.path or finding.key.startswith(finding.path + "::"):
        return path + finding.key.removeprefix(finding.path)
    return finding.key
