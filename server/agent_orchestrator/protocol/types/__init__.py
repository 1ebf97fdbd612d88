"""Rows and parameters on the wire. Attribute names are written in camelCase there; times are seconds since the epoch.

These shapes are stable: keys are added, never renamed or given another meaning.
"""

# A list of the names here would be a second one to keep.
# ruff: noqa: F403

from agent_orchestrator.protocol.types.answers import *
from agent_orchestrator.protocol.types.forge import *
from agent_orchestrator.protocol.types.params import *
from agent_orchestrator.protocol.types.rows import *
