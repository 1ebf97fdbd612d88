"""Linear in memory: its GraphQL interface, limits and webhooks."""

from ..wire import faults
from .workspace import Workspace

__all__ = ["Workspace", "faults"]
