#!/usr/bin/env bash
# Make the package of the VS Code extension from the sources as they are, and say on the last line where it is.
# usage: make_vsix.sh        Needs npm, and the network where not all is installed yet. Makes nothing twice.
set -euo pipefail
cd "$(dirname "$0")/../../editors/vscode"
# Node knows certificates of its own only; where a proxy has others, they are in the machine's.
for store in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt; do
  [ ! -e "$store" ] || export NODE_EXTRA_CA_CERTS="${NODE_EXTRA_CA_CERTS:-$store}"
done
mkdir -p build
# One at a time: tests run side by side.
exec 9>build/lock
flock 9
key=$({ pwd; cat package-lock.json; } | sha256sum)
if [ "$(cat build/installed 2>/dev/null)" != "$key" ]; then
  npm ci --silent --no-audit --no-fund </dev/null
  echo "$key" >build/installed
fi
npm run --silent lint
key=$(find . ../../server ../../pyproject.toml ../../LICENSE \
  \( -path ./LICENSE -o -path ./spec -o -name node_modules -o -name bundled -o -name build -o -name dist -o -name __pycache__ \) -prune -o -type f -print0 |
  sort -z | xargs -0 sha256sum | sha256sum)
if [ "$(cat build/packaged 2>/dev/null)" != "$key" ]; then
  npm run --silent bundle
  npm run --silent build
  npm run --silent package
  echo "$key" >build/packaged
fi
echo "$PWD/build/agent-orchestrator.vsix"
