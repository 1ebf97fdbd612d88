"""GitHub in memory: its GraphQL and REST interfaces, its rules for pull requests, its webhooks."""

from ..wire import faults
from .checks import Annotation, Step
from .gates import merge_state, mergeable
from .hooks import sign
from .hub import Hub
from .merging import merge

__all__ = ["Annotation", "Hub", "Step", "faults", "merge", "merge_state", "mergeable", "sign"]
