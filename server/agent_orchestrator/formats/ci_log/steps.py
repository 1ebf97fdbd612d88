"""A raw job log → what each step printed, without the runner's own marks.

GitHub Actions: every line has a time (``2026-01-01T00:00:00.0000000Z ``); a step begins with ``##[group]Run …``, which
holds its script and environment; ``##[error]`` and ``##[warning]`` stand before what a problem matcher knew and before
the messages of workflow commands (https://github.com/actions/runner, ``src/Runner.Worker/Handlers/OutputManager.cs``).
GitLab: ``section_start:TIME:name\\r\\e[0K`` and ``section_end:…``, commands are echoed behind ``$ ``, lines may have a
time and a stream (``2026-01-01T00:00:00.000000Z 00O ``, https://docs.gitlab.com/ci/jobs/job_logs/).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import define, field, frozen

from agent_orchestrator.formats.text import clean, decode

#: Bytes of a log that are read: the newest.
LOG_CAP = 64 * 1024 * 1024
_LINE_CAP = 2000
_DEPTH_CAP = 50
#: Steps that are told apart; the last holds the rest.
_STEP_CAP = 1000

_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,9}Z"
# `gh run view --log` writes the job and the step before the time.
_GITHUB_TIME = re.compile(rf"^\ufeff?(?:[^\t\n]{{0,300}}\t([^\t\n]{{0,300}})\t\ufeff?)?{_TIME} ?")
_GITLAB_TIME = re.compile(rf"^{_TIME} [0-9a-f]{{2}}[EO]([ +])")
_GITLAB_SECTION = re.compile(r"section_(start|end):\d{1,12}:([\w.-]{1,200})(?:\[[^\]\n]{0,200}\])?\r?(?:\x1b\[0K)?")
_MARK = re.compile(r"^##\[(error|warning|notice|debug|command|section|group|endgroup)\]")
_EXIT = re.compile(
    r"^Process completed with exit code [1-9]\d*\.$|^The operation was canceled\.$|^Script failed with exit code"
)
_GITLAB_FAILED = re.compile(r"^ERROR: Job failed")
_SCRIPTS = frozenset({"step_script", "build_script", "user_script"})
#: What the runner does around the script (https://docs.gitlab.com/runner/shells/).
_RUNNER_SECTIONS = frozenset(
    [
        "resolve_secrets",
        "prepare_executor",
        "prepare_script",
        "get_sources",
        "restore_cache",
        "download_artifacts",
        "after_script",
        "archive_cache",
        "archive_cache_on_failure",
        "upload_artifacts_on_failure",
        "upload_artifacts_on_success",
        "cleanup_file_variables",
    ]
)
_COMMAND = re.compile(r"^\$ (\S.*)$")


@frozen
class Step:
    """What one step printed. ``name`` is its command or section; ``failed`` is what the runner said of its end."""

    name: str
    lines: tuple[str, ...]
    failed: bool = False


@define
class _Reader:
    done: list[Step] = field(factory=list)
    name: str = ""
    lines: list[str] = field(factory=list)
    failed: bool = False

    def close(self, name: str = "") -> None:
        """End the step, and begin the next."""
        if len(self.done) >= _STEP_CAP:
            return
        if self.lines or self.failed:
            self.done.append(Step(self.name[:200], tuple(self.lines), self.failed))
        self.name, self.lines, self.failed = name, [], False


def steps_of(data: bytes) -> tuple[Step, ...]:
    """The steps of a job's log of GitHub or GitLab, in order; text without their marks is one step."""
    text = decode(data[-LOG_CAP:]).replace("\r\n", "\n")
    lines = text.split("\n")
    head = lines[:200]
    if any(_GITLAB_SECTION.search(line) for line in head) or any(_GITLAB_TIME.match(line) for line in head):
        return tuple(_gitlab(_joined(lines)))
    return tuple(_github(lines))


def _github(lines: list[str]) -> Iterator[Step]:
    reader = _Reader()
    script = False
    named = ""
    for raw in lines:
        time = _GITHUB_TIME.match(raw)
        line = _plain(raw[time.end() :] if time else raw)
        if time and time[1] and time[1] != named:
            named = time[1]
            reader.close(named)
        mark = _MARK.match(line)
        rest = line[mark.end() :] if mark else line
        kind = mark[1] if mark else ""
        if kind == "group" and rest.startswith("Run "):
            reader.close(rest.removeprefix("Run "))
            script = True
        elif kind == "endgroup":
            script = False
        elif line == "Post job cleanup.":
            reader.close(line)
        elif kind == "error" and _EXIT.match(rest):
            reader.failed = True
        elif not script and kind not in ("debug", "group", "section", "command"):
            reader.lines.append(rest)
    reader.close()
    yield from reader.done


def _joined(lines: list[str]) -> Iterator[str]:
    """Lines without times; one marked ``+`` goes on where the line before it ended."""
    held: str | None = None
    for raw in lines:
        time = _GITLAB_TIME.match(raw)
        text = raw[time.end() :] if time else raw
        if time and time[1] == "+" and held is not None:
            held += text
            continue
        if held is not None:
            yield held
        held = text
    if held is not None:
        yield held


def _gitlab(lines: Iterator[str]) -> Iterator[Step]:
    reader = _Reader()
    failed = False
    open_sections: list[str] = []
    for raw in lines:
        at = 0
        for match in _GITLAB_SECTION.finditer(raw):
            _add(reader, raw[at : match.start()])
            if match[1] == "start":
                open_sections.append(match[2])
            elif match[2] in open_sections:
                del open_sections[open_sections.index(match[2]) :]
            del open_sections[:-_DEPTH_CAP]
            reader.close(open_sections[-1] if open_sections else "")
            at = match.end()
        line = _plain(raw[at:])
        failed = failed or bool(_GITLAB_FAILED.match(line))
        _add(reader, raw[at:])
    reader.close()
    # The runner says of the job alone that it failed; the script is what can, and the sections that it makes itself.
    others = _RUNNER_SECTIONS | ({""} if any(step.name in _SCRIPTS for step in reader.done) else set())
    for step in reader.done:
        if any(line.strip() for line in step.lines):
            yield Step(step.name, step.lines, failed and step.name not in others)


def _add(reader: _Reader, raw: str) -> None:
    line = _plain(raw)
    if not line and not raw.strip("\r") and raw:
        return
    if not _COMMAND.match(line):
        reader.lines.append(line)


def _plain(raw: str) -> str:
    """The line as a terminal leaves it: what stands before a carriage return is overwritten."""
    return clean(raw.rstrip("\r").rpartition("\r")[2][: 2 * _LINE_CAP])[:_LINE_CAP]
