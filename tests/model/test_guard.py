"""The guard: which diffs are never landed by themselves."""

from __future__ import annotations

import pytest

from agent_orchestrator.model.guard import Change, guard, is_gate_file, is_test_file

BEFORE = """import os
from app import add

def test_add():
    assert add(1, 2) == 3
"""


def edit(after: str, *, lint: bool = False, path: str = "tests/test_add.py") -> tuple[str, ...]:
    old, new = BEFORE.splitlines(), after.splitlines()
    change = Change(
        "M",
        path,
        additions=tuple((n, line) for n, line in enumerate(new, 1) if line not in old),
        deletions=tuple((n, line) for n, line in enumerate(old, 1) if line not in new),
    )
    return guard([change], {path: (BEFORE, after)}, frozenset({path} if lint else ()))


def source(*additions: str, deletions: tuple[str, ...] = (), path: str = "src/app.py") -> tuple[str, ...]:
    lines = tuple(enumerate(additions, 1))
    return guard([Change("M", path, "", lines, tuple(enumerate(deletions, 1)))], {}, frozenset())


def test_an_ordinary_change_of_source_is_free():
    assert source("return a + b", deletions=("return a - b",)) == ()


def test_a_new_test_is_free():
    assert edit(BEFORE + "\ndef test_more():\n    assert add(0, 0) == 0\n") == ()


def test_a_changed_assert_is_held():
    assert edit(BEFORE.replace("== 3", "== -1"))


def test_a_removed_test_is_held():
    assert edit("import os\nfrom app import add\n")


def test_an_import_that_now_means_something_else_is_held():
    assert edit(BEFORE.replace("from app import add", "from fakes import add"))


def test_a_second_definition_that_shadows_a_test_is_held():
    assert edit(BEFORE + "\ndef test_add():\n    pass\n")


def test_a_module_level_skip_is_held():
    assert edit(BEFORE + "\npytestmark = make_skip()\n")


def test_a_lint_fix_in_a_test_file_is_free_when_asserts_names_and_decorators_stay():
    assert edit(BEFORE.replace("import os\n", ""), lint=True) == ()


def test_a_lint_fix_that_changes_an_assert_is_held():
    assert edit(BEFORE.replace("== 3", "is not None"), lint=True)


def test_a_deleted_test_file_is_held():
    assert guard([Change("D", "tests/test_add.py")], {}, frozenset())


def test_a_moved_test_file_is_held():
    assert guard([Change("R", "tests/test_sum.py", "tests/test_add.py")], {}, frozenset())


def test_a_new_test_file_is_free():
    assert guard([Change("A", "tests/test_new.py", additions=((1, "def test_n(): pass"),))], {}, frozenset()) == ()


def test_a_test_file_with_a_syntax_error_may_be_mended_when_no_test_goes():
    broken = BEFORE.replace("def test_add():", "def test_add(:")
    change = Change("M", "tests/test_add.py", deletions=((4, "def test_add(:"),))
    assert guard([change], {"tests/test_add.py": (broken, BEFORE)}, frozenset()) == ()


@pytest.mark.parametrize(
    "line",
    [
        "x = 1  # noqa",
        "x = 1  # noqa: E501",
        "# ruff: noqa",
        "import a  # type: ignore[import]",
        "// eslint-disable-next-line",
        "// @ts-expect-error",
        "    pytest.skip('later')",
        "@pytest.mark.xfail",
        "@unittest.skip('x')",
        "it.skip('works', () => {})",
        "    raise SkipTest",
        "def f():  # pragma: no cover",
    ],
)
def test_a_new_suppression_or_skip_is_held_anywhere(line):
    assert source(line)


def test_a_suppression_that_only_moved_is_free():
    assert source("y = long()  # noqa: E501", deletions=("x = long()  # noqa: E501",)) == ()


@pytest.mark.parametrize(
    "path", ["pyproject.toml", "tests/conftest.py", "pkg/tsconfig.build.json", ".github/workflows/ci.yml", "ruff.toml"]
)
def test_a_change_of_the_gates_own_configuration_is_held(path):
    assert is_gate_file(path)
    assert source("x", path=path)


def test_test_files_are_known_by_name_or_folder():
    assert [p for p in ("src/a.py", "tests/data/x.json", "a/test_b.py", "src/x.spec.ts") if is_test_file(p)] == [
        "tests/data/x.json",
        "a/test_b.py",
        "src/x.spec.ts",
    ]
