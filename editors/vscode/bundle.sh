#!/usr/bin/env bash
# Put the server and what it imports into bundled/, without compiled parts, so that any Python from 3.11 on can run it.
set -euo pipefail
cd "$(dirname "$0")"
rm -rf bundled
"${PYTHON:-python3}" -m pip install --quiet --disable-pip-version-check --no-compile --target bundled ../..
# PyYAML has a faster parser in C, which it does without.
find bundled \( -name '*.so' -o -name '*.pyd' \) -delete
rm -rf bundled/bin
find bundled -name __pycache__ -type d -prune -exec rm -rf {} +
cp launcher.py bundled/ao.py
cp ../../LICENSE LICENSE
# Whatever is compiled and yet left would run on one kind of machine only.
if leftover=$(grep -rlIP '\A\x7fELF' bundled); [ -n "$leftover" ]; then
  echo "compiled: $leftover" >&2
  exit 1
fi
