"""``python -m agent_orchestrator`` is ``ao``."""

from __future__ import annotations

import sys

from agent_orchestrator.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
