"""Proof before trust: a gate that does not notice that its sources are broken tests something else.

Once per gate and check, where the tool could not list what it loaded: every tracked source of the slot is poisoned, and
the check must change. One that only looks for something particular does not notice that; it must say of the target's
files what it said of the target. The result that did not change came from another checkout.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from attrs import evolve

from agent_orchestrator.engine import derive
from agent_orchestrator.engine.drive.checkrun import Place, run_check
from agent_orchestrator.engine.drive.context import Context, Driven
from agent_orchestrator.engine.state import Target
from agent_orchestrator.model.evidence import CheckResult
from agent_orchestrator.model.guard import is_gate_file, is_test_file
from agent_orchestrator.ports.check import ResolvedCheck

#: Not valid in any language that is checked here, and nothing that a tool could skip as a comment.
POISON = b")]} ao canary: this source was broken on purpose ((\n"
_SOURCES = (".py", ".pyi", ".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts", ".vue", ".go", ".rs", ".rb")
#: Formats of tools that judge files one by one.
_LINTERS = frozenset({"ruff", "mypy", "sarif"})


async def confirm(
    context: Context, driven: Driven, place: Place, gate: str, results: Sequence[CheckResult], folder: Path
) -> list[CheckResult]:
    """The results, with ``foreign`` filled in for each check that did not notice the poison."""

    def mark(check: str) -> Path:
        return context.places.state / "canaries" / f"{gate}-{driven.id}-{check}"

    unsure = {r.check: r for r in results if _says_something(r) and not r.listed and not mark(r.check).exists()}
    asked: set[str] = set()
    # What is broken stays broken, so the narrowest comes first.
    for number, reach in enumerate((_is_source, _is_no_test, _is_any)):
        checks = [c for name in unsure if (c := driven.check(name)) and reach in _reaches(c, unsure[name])]
        if not checks or not await _poison(driven, place.tree, reach):
            continue
        for check in checks:
            broken = await run_check(context, driven, check, place, folder / f"{check.id}-canary-{number}")
            asked.add(check.id)
            if not _same(unsure[check.id], broken):
                _mark(mark(check.id))
                del unsure[check.id]
    for check, before in _differing(context, driven, unsure):
        await _restore(driven, place.tree, before.commit)
        again = await run_check(context, driven, check, place, folder / f"{check.id}-canary-target")
        if not _same(unsure[check.id], again):
            _mark(mark(check.id))
            del unsure[check.id]
    where = place.foreign[0] if place.foreign else "unknown"
    why = f"{where} (breaking every source of the tree changed nothing)"
    return [evolve(r, foreign=(why,)) if r.check in unsure and r.check in asked and _tells(r) else r for r in results]


def _mark(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()


def _differing(
    context: Context, driven: Driven, unsure: Mapping[str, CheckResult]
) -> Iterator[tuple[ResolvedCheck, Target]]:
    """The checks that tell of no tests and said something else of the target, which they can be asked about again."""
    project = context.project(driven.id)
    evidence = derive.target_evidence(context.state, project)
    for result in evidence.results if evidence else ():
        check, now = driven.check(result.check), unsure.get(result.check)
        if check and project.target and now and result.complete and not now.outcomes and not _same(now, result):
            yield check, project.target


def _reaches(check: ResolvedCheck, result: CheckResult) -> tuple[Callable[[str], bool], ...]:
    """What is broken for a check, step by step, until it notices.

    A linter may look at any file, so all are broken in the end; of what runs tests the tests stay whole, because they
    may be the tree's own where the code that they import is not.
    """
    if result.outcomes:
        return (_is_source,)
    return (_is_source, _is_any) if check.format in _LINTERS else (_is_source, _is_no_test)


def _is_source(path: str) -> bool:
    return path.endswith(_SOURCES) and not is_test_file(path)


def _is_no_test(path: str) -> bool:
    return not is_test_file(path)


def _is_any(path: str) -> bool:
    return True


def _says_something(result: CheckResult) -> bool:
    """Only a result that could pass for proof needs to be confirmed."""
    return result.complete and not result.unproven and not result.foreign


def _tells(result: CheckResult) -> bool:
    """Does it tell of tests, or show green? A bare red may stay as it is when all is broken, and proves nothing yet."""
    return result.exit_code == 0 or bool(result.outcomes)


def _same(result: CheckResult, broken: CheckResult) -> bool:
    """Signatures and not keys: a test that failed before fails in another way when its sources are broken."""
    signatures = sorted(f.signature for f in result.findings)
    return (
        result.exit_code == broken.exit_code
        and result.outcomes == broken.outcomes
        and signatures == sorted(f.signature for f in broken.findings)
    )


async def _poison(driven: Driven, tree: Path, reach: Callable[[str], bool]) -> bool:
    """Break every tracked file that ``reach`` holds for and that configures no check; False: there is none.

    The next use of the slot resets it.
    """
    git = driven.repo.at(tree)
    if git is None:
        return False
    paths = [p for p in (await git.run("ls-files", "-z")).fields() if reach(p) and not is_gate_file(p)]
    for path in paths:
        file = tree / path
        if file.is_file() and not file.is_symlink():
            file.write_bytes(POISON + file.read_bytes())
    return bool(paths)


async def _restore(driven: Driven, tree: Path, commit: str) -> None:
    """Give the slot the files of ``commit``, all but tests: those may be the tree's own where nothing else is."""
    git = driven.repo.at(tree)
    if git is None:
        return
    await git.run("reset", "--hard", "-q", "HEAD")
    changed = (await git.run("diff", "--name-status", "--no-renames", "-z", "HEAD", commit)).fields()
    for status, path in zip(changed[::2], changed[1::2], strict=False):
        if is_test_file(path):
            continue
        if status == "D":
            (tree / path).unlink()
        else:
            await git.run("checkout", "-q", commit, "--", path)
