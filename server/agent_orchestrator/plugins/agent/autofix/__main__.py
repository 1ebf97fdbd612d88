"""Start the agent (or one of its worker processes) from its directory.

The directory is loaded as a package under a private name and never put on ``sys.path``: the programs under repair
have modules called ``report`` or ``source`` too.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path

PACKAGE = "_ao_autofix"


def _load() -> None:
    """Register this directory as the package :data:`PACKAGE` and take it off the import path."""
    here = Path(__file__).resolve().parent
    sys.dont_write_bytecode = True
    sys.path[:] = [entry for entry in sys.path if not entry or Path(entry).resolve() != here]
    spec = importlib.util.spec_from_file_location(PACKAGE, here / "__init__.py", submodule_search_locations=[str(here)])
    if spec is None or spec.loader is None:
        raise SystemExit(f"autofix: {here} is not a complete installation (no __init__.py); reinstall it")
    module = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = module
    spec.loader.exec_module(module)


if __name__ == "__main__":
    _load()
    if sys.argv[1:2] == ["--worker"]:
        sys.exit(importlib.import_module(f"{PACKAGE}.worker").main(sys.argv[2:]))
    sys.exit(importlib.import_module(f"{PACKAGE}.cli").main())
