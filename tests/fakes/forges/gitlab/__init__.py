"""GitLab in memory: its REST and GraphQL interfaces, its rules for merge requests, its webhooks."""

from ..wire import faults
from .lab import Lab
from .merge_request import Position
from .pipeline import TestCase

__all__ = ["Lab", "Position", "TestCase", "faults"]
