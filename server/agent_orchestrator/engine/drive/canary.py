"""Proof before trust: a gate that does not notice that its sources are broken tests something else.

Once per gate and check, where the tool could not list what it loaded: every tracked source of the slot is poisoned, and
the check must change. The result that did not change came from another checkout.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from attrs import evolve

from agent_orchestrator.engine.drive.checkrun import Place, run_check
from agent_orchestrator.engine.drive.context import Context, Driven
from agent_orchestrator.model.evidence import CheckResult
from agent_orchestrator.model.guard import is_gate_file, is_test_file

#: Not valid in any language that is checked here, and nothing that a tool could skip as a comment.
POISON = b")]} ao canary: this source was broken on purpose ((\n"
_SOURCES = (".py", ".pyi", ".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts", ".vue", ".go", ".rs", ".rb")


async def confirm(
    context: Context, driven: Driven, place: Place, gate: str, results: Sequence[CheckResult], folder: Path
) -> list[CheckResult]:
    """The results, with ``foreign`` filled in for each check that did not notice the poison."""
    confirmed: list[CheckResult] = []
    poisoned = False
    for result in results:
        mark = context.places.state / "canaries" / f"{gate}-{driven.id}-{result.check}"
        check = driven.check(result.check)
        if check is None or result.listed or not _says_something(result) or mark.exists():
            confirmed.append(result)
            continue
        if not poisoned:
            poisoned = True
            if not await _poison(driven, place.tree):
                return [*confirmed, *results[len(confirmed) :]]
        broken = await run_check(context, driven, check, place, folder / f"{result.check}-canary")
        if _same(result, broken):
            where = place.foreign[0] if place.foreign else "unknown"
            why = f"{where} (breaking every source of the tree changed nothing)"
            confirmed.append(evolve(result, foreign=(why,)))
            continue
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()
        confirmed.append(result)
    return confirmed


def _says_something(result: CheckResult) -> bool:
    """Only a result that could pass for proof needs to be confirmed."""
    return result.complete and not result.unproven and not result.foreign


def _same(result: CheckResult, broken: CheckResult) -> bool:
    keys = sorted(f.key for f in result.findings)
    return (
        bool(result.outcomes or result.exit_code == 0)
        and result.exit_code == broken.exit_code
        and result.outcomes == broken.outcomes
        and keys == sorted(f.key for f in broken.findings)
    )


async def _poison(driven: Driven, tree: Path) -> bool:
    """Break every tracked source that is neither a test nor configuration; the next use of the slot resets it."""
    git = driven.repo.at(tree)
    if git is None:
        return False
    paths = [
        path
        for path in (await git.run("ls-files", "-z")).fields()
        if path.endswith(_SOURCES) and not is_test_file(path) and not is_gate_file(path)
    ]
    for path in paths:
        file = tree / path
        if file.is_file() and not file.is_symlink():
            file.write_bytes(POISON + file.read_bytes())
    return bool(paths)
