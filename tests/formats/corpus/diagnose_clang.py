"""Writes what libclang says of files to OUT: ``diagnose.py FLAGS -- FILES``; run by the Python that has libclang."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from clang.cindex import Index

at = sys.argv.index("--")
flags = [*sys.argv[1:at], "-isystem", os.environ["T"] + "/deb/usr/lib/llvm-14/lib/clang/14.0.6/include"]
found = []
for file in sys.argv[at + 1 :]:
    for told in Index.create().parse(file, flags).diagnostics:
        if told.location.file:
            found.append([told.location.file.name, told.location.line, told.severity])
Path(os.environ["OUT"]).write_text(json.dumps(found))
