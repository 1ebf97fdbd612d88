"""Which calls of ``gh`` and ``glab`` pass: a pure function of the command line.

It keeps agents from accidents, and from what a text that they read talks them into. It is no sandbox: whoever means
harm has the same token in other ways.
"""

from __future__ import annotations

from agent_orchestrator.model.shim import table
from agent_orchestrator.model.shim.alias import expanded
from agent_orchestrator.model.shim.api import judge_api
from agent_orchestrator.model.shim.flags import Parsed, asks_help, parse, without, words
from agent_orchestrator.model.shim.verdict import BLOCKED, READ, WRITE, Place, Verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

#: Aliases of aliases that are followed.
_DEPTH = 4


def _unreadable(path: str) -> str:
    raise ValueError(path)


def judge(
    program: str,
    args: Sequence[str],
    place: Place,
    aliases: Mapping[str, str] | None = None,
    read: Callable[[str], str] = _unreadable,
    depth: int = _DEPTH,
) -> Verdict:
    """What becomes of ``gh ARGS`` or ``glab ARGS``. ``read`` gives the text of a file that an argument names."""
    plain = _judge(program, args, place, read)
    names = {name: means for name, means in (aliases or {}).items() if name not in table.ALWAYS[program]}
    is_alias, meant = expanded(names, args)
    if not is_alias:
        return plain
    if meant is None or not depth:
        return Verdict(BLOCKED, "alias", "what this alias does can not be seen; use the command itself")
    means = judge(program, meant, place, aliases, read, depth - 1)
    if plain.kind == BLOCKED and not _known(program, args):
        return means
    # A name of the program's own wins over an alias, but it may be one that this version of it has not.
    return plain if means.kind != BLOCKED else means


def command(program: str, args: Sequence[str]) -> tuple[str, str]:
    """The command and what is below it, by their own names; empty where there is none."""
    first, second = [*words(args)[:2], "", ""][:2]
    return table.SAME[program].get(first, first), table.BELOW[program].get(second, second)


def _known(program: str, args: Sequence[str]) -> bool:
    first, second = command(program, args)
    both = f"{first} {second}"
    read = second in table.READS[program].get(first, "").split() or first in (*table.ALONE[program], "api")
    return read or both in {**table.OWN[program], **table.WRITES[program], **table.WHY} or first in table.WHY


def _judge(program: str, args: Sequence[str], place: Place, read: Callable[[str], str]) -> Verdict:
    first, second = command(program, args)
    head = first if _known(program, args) or first in table.READS[program] else ""
    if asks_help(args) or args[0] in table.ALONE[program]:
        return Verdict(READ, head)
    if first == "api":
        return judge_api(program, without(args, words(args)[:1]), place, read)
    both = f"{first} {second}".strip()
    rest = without(args, words(args)[:2])
    if (first in table.READS[program] and not second) or first in table.ALONE[program]:
        # The program only says what there is below it.
        return Verdict(READ, head)
    if second in table.READS[program].get(first, "").split():
        return Verdict(READ, both)
    if reads := _reads_with_flags(program, both, rest):
        return reads
    for writes in (table.OWN[program], table.WRITES[program]):
        if both in writes:
            return _write(program, both, rest, place, own=writes is table.OWN[program])
    why = table.WHY.get(both) or table.WHY.get(first) or table.ELSE
    return Verdict(BLOCKED, both if both in table.WHY else head, why)


def _reads_with_flags(program: str, both: str, rest: Sequence[str]) -> Verdict | None:
    """Commands of which it depends on the flags whether they only read."""
    if both == "auth status" and not any(arg.startswith(("--show-token", "-t")) for arg in rest):
        found = parse(rest, "h:hostname", "a:active all")
        return Verdict(READ, both) if found else None
    if both == "config get" and not any("token" in arg.lower() for arg in rest):
        return Verdict(READ, both)
    if both == "repo set-default" and list(rest) in (["--view"], ["-v"]):
        return Verdict(READ, both)
    if both == "issue develop" and any(arg in ("--list", "-l") for arg in rest):
        found = parse(rest, "R:repo", "l:list")
        return Verdict(READ, both) if found else None
    return None


def _write(program: str, both: str, rest: Sequence[str], place: Place, *, own: bool) -> Verdict:
    values, plain, refused = {**table.OWN[program], **table.WRITES[program]}[both]
    found = parse(rest, values, plain)
    if found is None:
        return Verdict(BLOCKED, both, "what it would do can not be told from its flags; use those that are documented")
    if bad := [name for name in refused.split() if name in found.flags]:
        return Verdict(BLOCKED, both, f"`--{bad[0]}` is not for an agent; leave it out, or leave it to a person")
    if not _is_ours(found, place):
        return Verdict(BLOCKED, both, "it is about another repository than this session's; leave that to a person")
    if own and not all(place.is_own(which) for which in (found.rest or [""])):
        return Verdict(BLOCKED, both, table.OTHERS)
    # A head is a branch to one of the programs, and a repository to the other.
    head, repo = (found.last("head"), "") if program == "gh" else (found.last("source-branch"), found.last("head"))
    if both in ("pr create", "mr create") and not (place.is_own(head) and (not repo or place.is_own_repo(repo))):
        return Verdict(BLOCKED, both, table.OTHERS)
    return Verdict(WRITE, both)


def _is_ours(found: Parsed, place: Place) -> bool:
    if any("://" in which for which in found.rest):
        # The address names the repository itself, and has to be the pull request's own.
        return all(place.is_own(which) for which in found.rest)
    return place.is_own_repo(found.last("repo"))
