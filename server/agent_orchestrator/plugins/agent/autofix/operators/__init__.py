"""Kinds of edit: each operator looks at one syntax node and proposes small splices with a prior.

The priors order the search; they come from how often a kind of edit was the right one in repairs of small faults, with
kinds that pass tests by doing less (unwrap, drop, delete, return early) kept low.
"""

from __future__ import annotations
