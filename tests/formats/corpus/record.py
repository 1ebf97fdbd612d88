"""Record the corpus: run the real tools on small red projects, keep what they print and what their machine output says.

Usage: ``python tests/formats/corpus/record.py TOOLS [case…]``, where TOOLS is the folder that ``tools.sh`` filled.
Written are ``logs/<case>.log`` and ``logs/<case>.json`` for each case. The network is not used.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import bundle
import truth
import truth_others
from cases import DEVELOPED, Case
from held_out import HELD_OUT

LOGS = Path(__file__).parent / "logs"
ROOTS = {"github": "/home/runner/work/demo/demo", "gitlab": "/builds/acme/tools/demo"}


def record(case: Case, tools: Path) -> None:
    """Run ``case`` in a folder that is named as on a runner, and write its log and its truth."""
    with tempfile.TemporaryDirectory(prefix="rec") as scratch:
        root = Path(scratch) / ROOTS[case.forge].lstrip("/")
        bundle.unpack(case.project, root)
        for old, new in case.replace:
            for path in root.rglob("*.xml"):
                path.write_text(path.read_text().replace(old, new))
        files = truth.files_below(str(root))
        env = environment(case, tools, scratch)
        if "NODE" in env:
            (root / "node_modules").symlink_to(tools / "node" / env["NODE"] / "node_modules")
        ended = run(case.command, root, env)
        if case.machine:
            run(case.machine, root, env)
        reader = (truth.READERS | truth_others.READERS)[case.truth]
        places = truth.distinct(reader(Path(env["OUT"]).read_text(), str(root)))
        text = ended.stdout.replace(scratch, "").replace(str(tools), "/opt/tools")
        told = {
            "tool": case.tool,
            "command": case.command.replace("$T/", ""),
            "exit": ended.returncode,
            "forge": case.forge,
            "held": case.held,
            "root": ROOTS[case.forge],
            "files": [path for path in files if path.rpartition("/")[2] != "package-lock.json"],
            "truth": places,
        }
        LOGS.mkdir(exist_ok=True)
        (LOGS / f"{case.name}.log").write_text(text, encoding="utf-8")
        junit = Path(env["OUT"] + ".junit")
        if junit.exists():
            report = junit.read_text().replace(scratch, "").replace(str(tools), "/opt/tools")
            (LOGS / f"{case.name}.junit.xml").write_text(report, encoding="utf-8")
        (LOGS / f"{case.name}.json").write_text(json.dumps(told, indent=1) + "\n")
        print(f"{case.name}: exit {ended.returncode}, {len(places)} places, {len(text)} characters", flush=True)


def environment(case: Case, tools: Path, scratch: str) -> dict[str, str]:
    """As a runner has it: no terminal, ``CI`` set; caches and homes of its own."""
    keep = {name: os.environ[name] for name in ("HOME", "PATH", "JAVA_HOME") if name in os.environ}
    return keep | {
        "CI": "true",
        "LANG": "C.UTF-8",
        "T": str(tools),
        "OUT": f"{scratch}/out",
        "GOFLAGS": "-mod=mod",
        "GOPROXY": "off",
        "GOTOOLCHAIN": "local",
        "GOCACHE": str(tools / "gocache"),
        "GOPATH": f"{scratch}/gopath",
        "CARGO_TARGET_DIR": f"{scratch}/target",
        "PYTHONDONTWRITEBYTECODE": "1",
        **dict(case.env),
    }


def run(command: str, root: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Both streams as one, as a runner keeps them."""
    return subprocess.run(
        ["bash", "-c", command],
        cwd=root,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
        timeout=300,
    )


def main() -> int:
    """Record what was asked for, or everything."""
    tools, names = Path(sys.argv[1]).resolve(), sys.argv[2:]
    failed = 0
    for case in (*DEVELOPED, *HELD_OUT):
        if not names or case.name in names:
            try:
                record(case, tools)
            except Exception as error:
                failed += 1
                print(f"{case.name}: not recorded: {type(error).__name__}: {error}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
