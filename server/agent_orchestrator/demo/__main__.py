"""``python -m agent_orchestrator.demo``."""

from __future__ import annotations

import sys

from agent_orchestrator.demo import main

sys.exit(main(sys.argv[1:]))
