"""What ``gh`` would say of the session's own pull request, from what the daemon has last seen of it.

Each answer is the text and exit code of ``gh`` 2.46 where it writes into a pipe (``pkg/cmd/pr/checks``,
``pkg/cmd/pr/view``). What can not be answered so is left to the program itself.
"""

from __future__ import annotations

from agent_orchestrator.model.shim.flags import parse, without, words
from agent_orchestrator.model.shim.times import seconds
from agent_orchestrator.model.shim.verdict import Place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

VERSION = 2
#: Seconds for which a snapshot is good. The daemon writes a new one at each look, whether anything is new or not.
GOOD_FOR = 120.0
#: Seconds between two looks of ``--watch``, where it does not say.
_INTERVAL = 10.0
_BUCKETS = {
    "SUCCESS": "pass",
    "SKIPPED": "skipping",
    "NEUTRAL": "skipping",
    "ERROR": "fail",
    "FAILURE": "fail",
    "TIMED_OUT": "fail",
    "ACTION_REQUIRED": "fail",
    "CANCELLED": "cancel",
}
#: What stands in the table: the program has no word of its own for a check that was cancelled.
_SHOWN = {"cancel": "fail"}


class Answer:
    """What is printed, and the exit code. ``again``: it watches, and is asked again after so many seconds (0: no).

    Of answers in a row that have the ``same`` word only the first is printed; those without one all are.
    """

    __slots__ = ("again", "code", "err", "out", "same")

    def __init__(self, out: str, err: str = "", code: int = 0, again: float = 0.0, same: str = "") -> None:
        self.out, self.err, self.code, self.again, self.same = out, err, code, again, same


def usable(seen: dict[str, Any], now: float, wrote: float, pushed: str) -> bool:
    """Does a snapshot tell how things stand? ``wrote``: when the session last changed something at the forge.

    ``pushed`` is the commit that it last pushed to its branch, empty where it has not.
    """
    if seen.get("version") != VERSION or seen.get("stale") is not False:
        return False
    young = wrote < seen["at"] <= now <= seen["at"] + GOOD_FOR
    return young and pushed in ("", seen["fields"]["headRefOid"])


def answer(args: Sequence[str], seen: dict[str, Any], place: Place) -> Answer | None:
    """Answer ``gh ARGS`` from a usable snapshot; None: the program itself has to. Raises LookupError, TypeError."""
    names = words(args)[:2]
    if names == ["pr", "checks"]:
        return _checks(without(args, names), seen, place)
    if names == ["pr", "view"]:
        return _view(without(args, names), seen, place)
    return None


def _checks(args: Sequence[str], seen: dict[str, Any], place: Place) -> Answer | None:
    found = parse(args, "R:repo i:interval", "watch fail-fast")
    if found is None or len(found.rest) > 1 or not _is_own(found.rest, found.last("repo"), place):
        return None
    watch, interval = found.on("watch"), found.last("interval")
    if (interval and (not watch or not interval.isdecimal())) or (found.on("fail-fast") and not watch):
        return None  # It refuses these itself.
    rows = [(_BUCKETS.get(check["word"], "pending"), check) for check in seen["checks"]]
    if not all(check["word"] for check in seen["checks"]) or not _are_apart(seen["checks"]):
        return None
    if not rows:
        return Answer("", f"no checks reported on the '{seen['fields']['headRefName']}' branch\n", 1)
    buckets = [bucket for bucket, _ in rows]
    lines = ["\t".join(_row(bucket, check)) + "\n" for bucket, check in _sorted(rows)]
    out = "".join(lines)
    code = 1 if "fail" in buckets else 8 if "pending" in buckets else 0
    if not watch:
        return Answer(out, code=code)
    pause = float(interval or _INTERVAL)
    if "pending" not in buckets:
        # What it showed while it watched is on another screen, where there is one.
        return Answer(out + out, code=code)
    head = f"Refreshing checks status every {pause:g} seconds. Press Ctrl+C to quit.\n\n"
    if found.on("fail-fast") and "fail" in buckets:
        return Answer(head + out + out, code=code)
    return Answer(head + out, code=code, again=max(pause, 1.0))


def _view(args: Sequence[str], seen: dict[str, Any], place: Place) -> Answer | None:
    found = parse(args, "R:repo json q:jq")
    if found is None or len(found.rest) > 1 or not _is_own(found.rest, found.last("repo"), place):
        return None
    wanted = [name for value in found.flags.get("json", ()) for name in value.split(",")]
    fields = {name: seen["fields"][name] for name in sorted(set(wanted)) if name in seen["fields"]}
    if not wanted or set(fields) != set(wanted):
        return None
    if "jq" not in found.flags:
        import json

        return Answer(json.dumps(fields, ensure_ascii=False, separators=(",", ":")) + "\n")
    path = found.last("jq").strip()
    value = fields.get(path[1:]) if path.startswith(".") else None
    if value is None:
        return None
    return Answer(f"{str(value).lower() if isinstance(value, bool) else value}\n")


def _is_own(rest: Sequence[str], repo: str, place: Place) -> bool:
    # A name of the repository without a pull request is refused by the program.
    return place.is_own_repo(repo) and place.is_own(rest[0] if rest else "") and bool(rest or not repo)


def _are_apart(checks: Sequence[dict[str, str]]) -> bool:
    """Of two with the same name the program shows one, and which is not known here."""
    names = [(check["kind"], check["name"], check["workflow"]) for check in checks]
    return len(set(names)) == len(names)


def _row(bucket: str, check: dict[str, str]) -> tuple[str, ...]:
    elapsed = _elapsed(check["started"], check["ended"])
    return check["name"], _SHOWN.get(bucket, bucket), elapsed or "0", check["link"], check["about"]


def _sorted(rows: Sequence[tuple[str, dict[str, str]]]) -> list[tuple[str, dict[str, str]]]:
    """In the program's order. It compares no other two buckets than a failure with the rest, so what it leaves open
    stands as it came to it: the last started first.
    """
    found: list[tuple[str, dict[str, str]]] = []
    for row in sorted(rows, key=lambda row: row[1]["started"], reverse=True):
        at = len(found)
        while at and _before(row, found[at - 1]):
            at -= 1
        found.insert(at, row)
    return found


def _before(one: tuple[str, dict[str, str]], other: tuple[str, dict[str, str]]) -> bool:
    if one[0] == other[0]:
        return (one[1]["name"], one[1]["link"]) < (other[1]["name"], other[1]["link"])
    return one[0] == "fail"


def _elapsed(started: str, ended: str) -> str:
    """Two times → what lies between them in Go's words, such as ``1h0m3s``; empty: nothing does."""
    if not started or not ended:
        return ""
    took = seconds(ended) - seconds(started)
    if took <= 0:
        return ""
    minutes, rest = divmod(took, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes}m{rest}s" if hours else f"{minutes}m{rest}s" if minutes else f"{rest}s"
