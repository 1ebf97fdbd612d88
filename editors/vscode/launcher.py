"""Start the ``ao`` beside this file: ``python3 -I -S ao.py ARGUMENT…``, without the interpreter's packages."""

import os
import sys

if sys.version_info < (3, 11):  # noqa: UP036 - it is run by whatever Python there is
    sys.exit("ao needs Python 3.11 or newer, this is " + sys.version.split()[0])
# Last, so that nothing in here can shadow the standard library.
sys.path.append(os.path.dirname(os.path.abspath(__file__)))

from agent_orchestrator.cli.main import main

sys.exit(main())
