"""The embedded repair agent: it turns one red test or lint rule green without a model, or says that it can not.

It is a program of its own, started as ``<project's python> <this directory>`` in a session's worktree, so everything
in here runs under the *project's* interpreter (Python 3.9 or newer) and uses the standard library, plus the project's
own pytest where there is one. Nothing in here may import the rest of the product.

It reads the task from the file ``AO_TASK_FILE``, works for at most about ``AUTOFIX_SECONDS`` (120), edits files of the
working directory, and ends with a line ``AUTOFIX {"json": …}``. Exit codes: 0 an edit was made, 3 none was (with a
reason of ``outcome.REASONS``), 4 the task has no failures, 2 the task can not be read.
"""

from __future__ import annotations
