"""The words that may stand as a value, or as a name of the writer's own, and what is known about each."""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import frozen

from agent_orchestrator.config.language.known import Known
from agent_orchestrator.config.language.meaning import Meaning
from agent_orchestrator.config.language.outline import outline
from agent_orchestrator.config.language.rows import unquoted
from agent_orchestrator.config.schema import schema_uri
from agent_orchestrator.model.config_agents import AGENT
from agent_orchestrator.model.config_checks import BRANCH
from agent_orchestrator.model.config_kinds import (
    Choice,
    Flag,
    Folder,
    Integer,
    Matcher,
    Name,
    Number,
    Text,
    default_text,
)
from agent_orchestrator.model.config_problem import KeyPath
from agent_orchestrator.model.reaction.kinds import EVENTS

_NOT_BUILT = "not built yet"


@frozen(kw_only=True)
class Words:
    """One word. ``raw`` is how it is written where that is not as text (a number, a flag)."""

    word: str
    raw: str = ""
    detail: str = ""
    doc: str = ""
    planned: bool = False
    in_schema: bool = False


def words_for(found: Meaning, path: KeyPath, text: str, known: Known) -> tuple[Words, ...]:
    """What may stand at a place, best first, each word once."""
    given = (*_by_place(found, path, text, known), *_by_kind(found, text, known))
    first: dict[str, Words] = {}
    for word in given:
        first.setdefault(word.word, word)
    return tuple(first.values())


def names_below(text: str, path: KeyPath) -> tuple[str, ...]:
    """The keys that a file has in the mapping at ``path``, in their order."""
    return tuple(dict.fromkeys(name for _, inside, name in outline(text).names() if inside == path))


def values_of(text: str, last: str) -> Iterator[tuple[KeyPath, str]]:
    """(path, value) of the keys of that name that have a value on their line."""
    file = outline(text)
    for number, inside, name in file.names():
        row = file.rows[number]
        if name == last and row.value:
            yield (*inside, name), unquoted(row.value)


def _by_kind(found: Meaning, text: str, known: Known) -> Iterator[Words]:
    match found.kind:
        case Flag():
            for flag in ("true", "false"):
                yield Words(word=flag, raw=flag, detail=_default(found, flag), in_schema=True)
        case Choice(values, planned) | Matcher(values, planned, _):
            yield from (Words(word=word, detail=_default(found, word), in_schema=True) for word in values)
            yield from (Words(word=word, detail=_NOT_BUILT, planned=True, in_schema=True) for word in planned)
        case Name(_, values, planned, own):
            if own:
                yield from (Words(word=name, detail="under `agents`") for name in names_below(text, ("agents",)))
                yield from (_agent(name, lacks, name in values) for name, lacks in known.agents.items())
            yield from (Words(word=word, detail=_default(found, word), in_schema=True) for word in values)
            yield from (Words(word=word, detail=_NOT_BUILT, planned=True, in_schema=True) for word in planned)
        case Integer() | Number() | Text() | Folder():
            if found.key is not None and (default := default_text(found.key.value)):
                raw = "" if isinstance(found.kind, Text | Folder) else default
                yield Words(word=default, raw=raw, detail="default", in_schema=True)


def _by_place(found: Meaning, path: KeyPath, text: str, known: Known) -> Iterator[Words]:
    """What only the file or the machine knows."""
    project = str(path[1]) if len(path) > 1 and path[0] == "projects" else ""
    if found.kind == BRANCH and project in known.repos:
        repo = known.repos[project]
        for branch in sorted(repo.branches, key=lambda name: name != repo.head):
            yield Words(word=branch, detail="checked out" if branch == repo.head else "branch")
    match found.dotted:
        case "$schema":
            if uri := schema_uri():
                yield Words(word=uri, detail="this installation's")
        case "agents":
            yield from (Words(word=n, detail=known.agents.get(n) or "an agent that is known") for n in AGENT.values)
        case "projects.<id>.agents":
            names = (*names_below(text, ("agents",)), *known.agents, *AGENT.values)
            yield from (Words(word=name, detail="an agent") for name in names)
        case "reactions" | "projects.<id>.reactions":
            yield from (Words(word=event.name, detail=event.says) for event in EVENTS.values())
        case "projects.<id>.path":
            yield Words(word=".", detail="this file's folder")
        case "projects.<id>.checks":
            yield from (Words(word=name, detail="detected") for name in known.checks.get(project, ()))
        case "projects.<id>.landing.gate":
            ids = (*names_below(text, ("projects", project, "checks")), *known.checks.get(project, ()))
            yield from (Words(word=id, detail="check") for id in ids)
        case "projects.<id>.sessionPrefix":
            yield from (Words(word=p, detail="free") for p in free_prefixes(project, text))
        case dotted if dotted.endswith(".env"):
            yield from (Words(word=name, detail="set in your environment") for name in known.variables)


def free_prefixes(project: str, text: str) -> Iterator[str]:
    """Short forms of a project's id that no other project of the file has."""
    taken = {value for path, value in values_of(text, "sessionPrefix") if path[:2] != ("projects", project)}
    taken |= {id for id in names_below(text, ("projects",)) if id != project}
    parts = [part for part in re.split(r"[-_.]|(?<=[a-z])(?=[A-Z])", project) if part]
    initials = "".join(part[0] for part in parts).lower()
    shorts = (*((initials,) if len(parts) > 1 else ()), parts[-1] if parts else "", project)
    numbered = (f"{project}{number}" for number in range(2, 100))
    free = [short for short in dict.fromkeys(shorts) if short and short not in taken]
    yield from free or [next(short for short in numbered if short not in taken)]


def _agent(name: str, lacks: str, in_schema: bool) -> Words:
    return Words(word=name, detail=lacks or "can be used now", in_schema=in_schema)


def _default(found: Meaning, word: str) -> str:
    return "default" if found.key is not None and found.key.default == word else ""
