"""What a tool printed → the log of a job as GitHub Actions or GitLab keeps it.

Written from the runners' own formats: times before every line, a group with the step's script, workflow commands that
become ``##[error]message``, sections, and the words at a job's end.
"""

from __future__ import annotations

import re

_COMMAND = re.compile(r"^::(error|warning|notice)(?: [^:]*(?::(?!:)[^:]*)*)?::(.*)$")


def github(text: str, command: str, root: str, code: int) -> bytes:
    """The raw log of a job whose second step printed ``text`` and exited with ``code``."""
    head = [
        "Current runner version: '2.330.0'",
        "##[group]Runner Image Provisioner",
        "Hosted Compute Agent",
        "##[endgroup]",
        "Prepare workflow directory",
        "Complete job name: test",
        "##[group]Run actions/checkout@v5",
        "with:",
        "  fetch-depth: 1",
        "##[endgroup]",
        "Syncing repository: acme/demo",
        "##[group]Initializing the repository",
        f"[command]/usr/bin/git init {root}",
        f"Initialized empty Git repository in {root}/.git/",
        "##[endgroup]",
        "HEAD is now at 0123456 src/old.py:1:1: error: a subject that looks like a problem",
        f"##[group]Run {command}",
        f"\x1b[36;1m{command}\x1b[0m",
        "shell: /usr/bin/bash -e {0}",
        "env:",
        "  CI: true",
        "##[endgroup]",
    ]
    tail = [
        f"##[error]Process completed with exit code {code}.",
        "Post job cleanup.",
        "[command]/usr/bin/git version",
        "git version 2.52.0",
        "Cleaning up orphan processes",
    ]
    lines = [*head, *(said for line in text.rstrip("\n").split("\n") for said in _runner(line)), *tail]
    stamped = [f"2026-01-01T00:00:{n % 60:02d}.{n:07d}Z {line}" for n, line in enumerate(lines)]
    return ("\ufeff" + "\r\n".join(stamped) + "\r\n").encode()


def _runner(line: str) -> list[str]:
    """A workflow command becomes its message, over as many lines as it has."""
    match = _COMMAND.match(line)
    if match is None:
        return [line]
    said = match[2].replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
    return f"##[{match[1]}]{said}".split("\n")


def gitlab(text: str, command: str, root: str, code: int, *, times: bool = False) -> bytes:
    """The trace of a job whose script printed ``text``; ``times`` as with FF_TIMESTAMPS."""
    begin, end = "\x1b[0K", "\r\x1b[0K"
    lines = [
        f"{begin}Running with gitlab-runner 18.5.0 (abcdef12)",
        f'section_start:1767225600:prepare_executor{end}{begin}\x1b[36;1mPreparing the "docker" executor\x1b[0;m',
        f"section_end:1767225601:prepare_executor{end}",
        f"section_start:1767225601:get_sources{end}{begin}\x1b[36;1mGetting source from Git repository\x1b[0;m",
        f"Initialized empty Git repository in {root}/.git/",
        "\x1b[32;1mChecking out 01234567 as detached HEAD (ref is main)...\x1b[0;m",
        f"section_end:1767225602:get_sources{end}",
        f'section_start:1767225602:step_script{end}{begin}\x1b[36;1mExecuting "step_script" stage\x1b[0;m',
        f"\x1b[32;1m$ {command}\x1b[0;m",
        *text.rstrip("\n").split("\n"),
        f"section_end:1767225603:step_script{end}",
        f"section_start:1767225603:cleanup_file_variables{end}{begin}\x1b[36;1mCleaning up\x1b[0;m",
        f"section_end:1767225604:cleanup_file_variables{end}",
        f"\x1b[31;1mERROR: Job failed: exit code {code}\x1b[0;m",
    ]
    if times:
        lines = [f"2026-01-01T00:00:{n % 60:02d}.{n:06d}Z 00O {line}" for n, line in enumerate(lines)]
    return ("\n".join(lines) + "\n").encode()
