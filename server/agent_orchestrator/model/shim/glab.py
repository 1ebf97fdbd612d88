"""What ``glab`` would say of the session's own merge request, from what the daemon has last seen of it.

Each answer is the text and exit code of the program where it writes into a pipe (``mr view`` and ``ci status`` of
``glab`` 1.53 to 1.79). Its JSON is the interface's whole answer, which is not here: that is left to the program itself.
"""

from __future__ import annotations

from agent_orchestrator.model.shim.answer import Answer
from agent_orchestrator.model.shim.flags import parse, without, words
from agent_orchestrator.model.shim.judge import command
from agent_orchestrator.model.shim.times import seconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from agent_orchestrator.model.shim.verdict import Place

#: Since this version ``ci status`` fails where the pipeline did, and ``--live`` follows it into a pipe as well.
_TELLS = (1, 54)
#: Seconds between two looks at what is followed. The program itself makes no pause.
_INTERVAL = 2.0
#: What ``--live`` waits for the end of.
_FOLLOWED = ("pending", "running")


def answer(
    args: Sequence[str], seen: dict[str, Any], place: Place, now: float, version: Callable[[], tuple[int, int] | None]
) -> Answer | None:
    """Answer ``glab ARGS`` from a usable snapshot; None: the program itself has to. Raises LookupError, TypeError.

    ``now`` is in seconds since 1970; ``version`` asks the program for its own, which only some answers need.
    """
    names = command("glab", args)
    rest = without(args, words(args)[:2])
    if names == ("mr", "view"):
        return _view(rest, seen, place)
    if names == ("ci", "status"):
        return _status(rest, seen, place, now, version)
    return None


def _view(args: Sequence[str], seen: dict[str, Any], place: Place) -> Answer | None:
    found = parse(args, "R:repo F:output")
    page, fields = seen["page"], seen["fields"]
    if found is None or page is None or found.last("output") not in ("", "text") or len(found.rest) > 1:
        return None
    which = found.rest[0] if found.rest else ""
    # An address, or a number after a number sign, is no name of a merge request to the program.
    named = (str(fields["number"]), f"!{fields['number']}", fields["headRefName"])
    if not place.is_own_repo(found.last("repo")) or not (which in named if which else _is_here(place, fields)):
        return None
    lines = [
        f"title:\t{page['title']}",
        f"state:\t{page['state']}",
        f"author:\t{page['author']}",
        f"labels:\t{', '.join(page['labels'])}",
        f"assignees:\t{', '.join(page['assignees'])}",
        f"reviewers:\t{', '.join(page['reviewers'])}",
        f"comments:\t{page['comments']}",
        *([f"milestone:\t{page['milestone']}"] if page["milestone"] else []),
        f"number:\t{fields['number']}",
        f"url:\t{fields['url']}",
        "--",
        page["text"],
    ]
    return Answer("\n".join(lines) + "\n")


def _status(
    args: Sequence[str], seen: dict[str, Any], place: Place, now: float, version: Callable[[], tuple[int, int] | None]
) -> Answer | None:
    found = parse(args, "R:repo b:branch", "l:live c:compact")
    fields, pipeline = seen["fields"], seen["pipeline"]
    if found is None or found.rest or pipeline is None or not place.is_own_repo(found.last("repo")):
        return None
    branch = found.last("branch")
    if not (branch == fields["headRefName"] if branch else _is_here(place, fields)) or fields["isCrossRepository"]:
        return None
    # It looks for what ran for the branch itself, not for the merge request or what that would become.
    if (pipeline["ref"], pipeline["sha"]) != (fields["headRefName"], fields["headRefOid"]):
        return None
    # Bridges and what others say of the commit are no jobs to it; of a pipeline without any it may show another.
    jobs = sorted((c for c in seen["checks"] if c["kind"] == "run"), key=lambda job: job["number"], reverse=True)
    if not jobs or not all(job["word"] for job in jobs):
        return None
    word, live = pipeline["word"], found.on("live") and pipeline["word"] in _FOLLOWED
    tells = False
    if live or word == "failed":
        of = version()
        if of is None:
            return None
        tells = of >= _TELLS
    compact = found.on("compact")
    lines = [_job(job, now, compact=compact) for job in jobs]
    if not compact:
        lines += [f"\n{pipeline['url']}\n", f"SHA: {pipeline['sha']}\n"]
    out = "".join(lines) + f"Pipeline state: {word}\n\n"
    same = "\t".join(f"{job['number']} {job['word']}" for job in jobs) + f"\t{word}"
    # While it follows, a screen is printed again only where it has changed, and without what clears the last one.
    return Answer(out, code=int(tells and word == "failed"), again=_INTERVAL if live and tells else 0.0, same=same)


def _is_here(place: Place, fields: dict[str, Any]) -> bool:
    """Is the branch that is checked out the merge request's? The program looks for it by that name."""
    return place.is_own("") and place.here == fields["headRefName"]


def _job(job: dict[str, Any], now: float, *, compact: bool) -> str:
    if compact:
        return f"({job['word']}) • {job['name']} [{job['workflow']}]\n"
    took = "not started"
    if job["started"]:
        # The interface that the snapshot is from tells whole seconds only.
        whole = round((seconds(job["ended"]) if job["ended"] else now) - seconds(job["started"]))
        took = f"{whole // 60:02}m {whole % 60:02}s"
    return f"({job['word']}) • {took}\t{job['workflow']}\t\t{job['name']}\n"
