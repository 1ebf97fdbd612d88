"""JUnit reports that a run of GitHub Actions left behind as artifacts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agent_orchestrator.formats.archive import SIZE, unpack
from agent_orchestrator.formats.json_text import Malformed
from agent_orchestrator.model.external.text import title
from agent_orchestrator.net.answers import Trouble
from agent_orchestrator.plugins.services.github.api import GitHub

#: What the name of an artifact with reports has in it, in small letters.
_NAMES = ("junit", "test-results", "test-report", "test_results", "test_report")
#: Artifacts of one run that are read: one for each of a matrix.
_MOST = 20


async def reports(github: GitHub, where: str, run: int) -> tuple[list[bytes], list[str]]:
    """(the XML files of a run's reports, why some could not be had). ``where`` is the repository, quoted."""
    answer = await github.get(f"/repos/{where}/actions/runs/{run}/artifacts?per_page=100")
    if isinstance(answer, Trouble):
        return [], [answer.sentence]
    try:
        read = answer.json()
    except ValueError:
        read = None
    listed = read.get("artifacts") if isinstance(read, dict) else None
    found: list[bytes] = []
    missing: list[str] = []
    for artifact in _newest(listed if isinstance(listed, list) else [])[:_MOST]:
        got = await _files(github, where, artifact)
        if isinstance(got, str):
            missing.append(f"artifact {title(artifact['name'])}: {got}")
        else:
            found += got
    return found, missing


def _newest(listed: list[Any]) -> list[Mapping[str, Any]]:
    """The artifacts with reports; of a name the newest, for a run's attempts leave one each."""
    shaped = [each for each in listed if isinstance(each, dict) and isinstance(each.get("name"), str)]
    wanted = [each for each in shaped if type(each.get("id")) is int and any(n in each["name"].lower() for n in _NAMES)]
    by_name = {each["name"]: each for each in sorted(wanted, key=lambda each: int(each["id"]))}
    return list(by_name.values())


async def _files(github: GitHub, where: str, artifact: Mapping[str, Any]) -> list[bytes] | str:
    """Its files, or why they can not be had."""
    size = artifact.get("size_in_bytes")
    if artifact.get("expired") is True:
        return "it has expired"
    if isinstance(size, int) and size > SIZE:
        return f"it is {size} bytes long; the limit is {SIZE}"
    answer = await github.get(f"/repos/{where}/actions/artifacts/{artifact['id']}/zip", most=SIZE)
    if isinstance(answer, Trouble):
        return answer.sentence
    try:
        return list(unpack(answer.body, ".xml").values())
    except Malformed as problem:
        return title(str(problem))
