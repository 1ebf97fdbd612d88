"""The embedded repair agent: it turns one red test or lint rule green without a model, or says that it can not.

It is a program of its own, started as ``<project's python> <this directory>`` in a session's worktree, so everything
in here runs under the *project's* interpreter (Python 3.9 or newer) and uses the standard library, plus the project's
own pytest where there is one. Nothing in here may import the rest of the product.
"""

from __future__ import annotations
