"""Problem matchers of tools whose only text is for people; checks that are detected and the logs of CI share them."""

from __future__ import annotations

from collections.abc import Mapping

#: Two lines per problem: the file, then ``line:column  severity  message  rule`` as often as there are problems.
ESLINT_STYLISH: Mapping[str, object] = {
    "owner": "eslint",
    "pattern": [
        {"regexp": r"^((?:[a-zA-Z]:)?[./\\]+.*?)\s*$", "file": 1},
        {
            "regexp": r"^\s+(\d+):(\d+)\s+(error|warning|info)\s+(.+?)(?:\s\s+(\S+))?$",
            "line": 1,
            "column": 2,
            "severity": 3,
            "message": 4,
            "code": 5,
            "loop": True,
        },
    ],
}
#: ``a.ts(1,2): error TS2322: …`` and ``a.ts:1:2 - error TS2322: …``
TYPESCRIPT: Mapping[str, object] = {
    "owner": "typescript",
    "pattern": {
        "regexp": r"^([^\s].*?)[\(:](\d+)[,:](\d+)(?:\):\s+|\s+-\s+)(error|warning|info)\s+(TS\d+)\s*:\s*(.*)$",
        "file": 1,
        "line": 2,
        "column": 3,
        "severity": 4,
        "code": 5,
        "message": 6,
    },
}
