"""The environment of a tree, and its fingerprint."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agent_orchestrator.plugins.check.environment import environment
from agent_orchestrator.plugins.check.fingerprint import fingerprint
from agent_orchestrator.plugins.check.import_roots import import_roots
from agent_orchestrator.ports.check import Environment


@pytest.fixture
def main(tmp_path: Path, write) -> Path:
    """A main checkout with a virtual environment made by hand: nothing in it is run."""
    checkout = tmp_path / "main"
    write(checkout, {"pyproject.toml": "", ".venv/pyvenv.cfg": "home = /usr/bin\n", ".venv/bin/python": "#!python\n"})
    (checkout / ".venv/lib/python3.11/site-packages").mkdir(parents=True)
    return checkout


def test_the_main_environment_is_used_with_the_trees_roots_in_front(main, tree, write):
    write(tree, {"src/pkg/__init__.py": ""})
    env = environment(main, tree, {})
    assert (env.python, env.pythonpath) == (str(main / ".venv/bin/python"), (str(tree / "src"),))
    assert env.path_prefix == (str(main / ".venv/bin"),)


def test_an_environment_built_in_the_tree_comes_first(main, tree, write):
    write(tree, {".venv/pyvenv.cfg": "", ".venv/bin/python": "", "src/pkg/__init__.py": ""})
    env = environment(main, tree, {})
    assert (env.python, env.pythonpath) == (str(tree / ".venv/bin/python"), ())


def test_a_linked_environment_is_not_taken_for_the_trees_own(main, tree, write):
    write(tree, {"src/pkg/__init__.py": ""})
    (tree / ".venv").symlink_to(main / ".venv")
    assert environment(main, tree, {}).pythonpath == (str(tree / "src"),)


def test_the_main_checkout_itself_needs_nothing_in_front(main, write):
    write(main, {"src/pkg/__init__.py": ""})
    assert environment(main, main, {}).pythonpath == ()


def test_without_one_the_active_environment_is_used(tmp_path, tree, write):
    write(tmp_path, {"active/pyvenv.cfg": "", "active/bin/python": "", "main/x": ""})
    env = environment(tmp_path / "main", tree, {"VIRTUAL_ENV": str(tmp_path / "active")})
    assert env.python == str(tmp_path / "active/bin/python")


def test_no_python_at_all_is_a_problem(tmp_path, tree):
    env = environment(tmp_path / "main", tree, {"PATH": str(tmp_path)})
    assert (env.python, len(env.problems)) == ("", 1)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"pkg/__init__.py": ""}, (".",)),
        ({"src/pkg/__init__.py": ""}, ("src",)),
        ({"pyproject.toml": "[tool.setuptools]\npackage-dir = {'' = 'lib'}\n", "lib/p.py": ""}, ("lib",)),
        ({"pyproject.toml": "[tool.setuptools.packages.find]\nwhere = ['python']\n", "python/p.py": ""}, ("python",)),
        ({"pyproject.toml": "[tool.hatch.build.targets.wheel]\npackages = ['s/p']\n", "s/p/a.py": ""}, ("s",)),
        ({"pyproject.toml": "[tool.poetry]\npackages = [{include='p', from='l'}]\n", "l/p/a.py": ""}, ("l",)),
        ({"pyproject.toml": "[tool.pdm.build]\npackage-dir = 'l'\n", "l/p/a.py": ""}, ("l",)),
        ({"setup.cfg": "[options]\npackage_dir =\n    = lib\n", "lib/p.py": ""}, ("lib",)),
        ({"pyproject.toml": "[tool.setuptools]\npackage-dir = {'' = '../out'}\n"}, (".",)),
    ],
)
def test_import_roots_are_read_from_the_configuration(tree, write, files, expected):
    write(tree, files)
    assert import_roots(tree, tree, ()).folders == expected


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("_pkg.pth", "{main}/code/py\n"),
        ("__editable___pkg_1_0_finder.py", "MAPPING: dict = {{'pkg': '{main}/code/py/pkg'}}\n"),
        ("__editable___pkg_1_0_finder.py", "MAPPING = {{'a.b': '{main}/code/py/a/b'}}\n"),
    ],
)
def test_import_roots_are_read_from_what_is_installed(main, tree, write, name, text):
    site = main / ".venv/lib/python3.11/site-packages"
    write(site, {name: text.format(main=main)})
    write(tree, {"code/py/pkg/__init__.py": "", "src/other/__init__.py": ""})
    assert import_roots(tree, main, (site,)).folders == ("code/py",)


def test_a_mapping_that_no_path_can_express_is_a_problem(main, tree, write):
    site = main / ".venv/lib/python3.11/site-packages"
    write(site, {"__editable___p_finder.py": f"MAPPING = {{'pkg': '{main}/weird'}}\n"})
    assert "no import path can express" in environment(main, tree, {}).problems[0]


@pytest.fixture
def installed(main: Path, write) -> Environment:
    write(main / ".venv/lib/python3.11/site-packages", {"a-1.dist-info/RECORD": "a.py,,\n", "b.pth": "/x\n"})
    return environment(main, main, {})


def test_a_fingerprint_is_stable(installed):
    assert fingerprint(installed) == fingerprint(installed)


@pytest.mark.parametrize(
    "name", ["a-1.dist-info/RECORD", "a-1.dist-info/direct_url.json", "b.pth", "c-2.dist-info/RECORD"]
)
def test_a_fingerprint_follows_what_is_installed(installed, write, name):
    before = fingerprint(installed)
    write(Path(installed.site_packages[0]), {name: "changed\n"})
    assert fingerprint(installed) != before


def test_a_fingerprint_follows_the_node_modules_and_the_interpreter(main, installed, write):
    before = fingerprint(installed)
    write(main, {"node_modules/.package-lock.json": "{}"})
    nodes = fingerprint(installed)
    write(main, {".venv/bin/python": "#!other\n"})
    assert len({before, nodes, fingerprint(installed)}) == 3


def test_a_fingerprint_reads_unchanged_files_once(installed, monkeypatch):
    fingerprint(installed)
    opened: list[object] = []
    monkeypatch.setattr("builtins.open", lambda *a, **k: opened.append(a))
    fingerprint(installed)
    assert opened == []


def test_a_second_environment_with_the_same_content_has_the_same_fingerprint(tmp_path, main, installed):
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(main, copy)
    assert os.path.isdir(copy)
    assert fingerprint(environment(copy, copy, {})) == fingerprint(installed)
