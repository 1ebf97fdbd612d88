#!/usr/bin/env bash
# Install the real agent programs that the tests run, each into .cache/agents/<name>-<version> of this repository.
# usage: setup.sh [NAME…]    NAME as in the table below, or name-version; all without one
# Needs the network, node with npm, and python3 with venv. Writes nothing outside of .cache, and keeps what is installed.
# Afterwards <folder>/bin/<command> runs the program from any working folder; all it needs of an environment is PATH.
set -euo pipefail

platform=$(node -p 'process.platform + "-" + process.arch')
# The one place for versions (claude-code: the newest, and what npm chooses on Node 20). Of npm, install scripts are not
# run: a compiled program is started itself, by its path below node_modules, not by the launcher a script would prepare.
# `kimi` needs a newer Node than the machine's: it brings one, and is run by it.
#  name        version  from  packages                                              command   program
programs="
   claude-code 2.1.330  npm   @anthropic-ai/claude-code@2.1.330                     claude    @anthropic-ai/claude-code-$platform/claude
   claude-code 2.1.197  npm   @anthropic-ai/claude-code@2.1.197                     claude    @anthropic-ai/claude-code-$platform/claude
   codex       0.169.0  npm   @openai/codex@0.169.0                                 codex     @openai/codex-$platform/vendor/*/bin/codex
   opencode    1.18.33  npm   opencode-ai@1.18.33                                   opencode  opencode-$platform/bin/opencode
   gemini      0.61.0   npm   @google/gemini-cli@0.61.0                             gemini    .bin/gemini
   kimi        2.1.0    npm   @moonshot-ai/kimi-code@2.1.0,node-$platform@22.23.3   kimi      .bin/kimi
   aider       0.86.2   pypi  aider-chat==0.86.2                                    aider     aider
"
# Node knows certificates of its own only; where a proxy has others, they are in the machine's.
for store in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt; do
  [ ! -e "$store" ] || export NODE_EXTRA_CA_CERTS="${NODE_EXTRA_CA_CERTS:-$store}"
done
here=$(cd "$(dirname "$0")/../.." && pwd)
cache=$here/.cache/agents

from_npm() { # FOLDER PACKAGES PROGRAM: says on 3 where the program is
  npm install --prefix "$1" --cache "$cache/npm" --ignore-scripts --no-audit --no-fund --no-save ${2//,/ } </dev/null &&
    compgen -G "$1/node_modules/$3" >&3
}

from_pypi() { # the same
  "${PYTHON:-python3}" -m venv "$1/venv" &&
    "$1/venv/bin/python" -m pip install --no-cache-dir --disable-pip-version-check "$2" &&
    echo "$1/venv/bin/$3" >&3
}

install() { # FOLDER FROM PACKAGES COMMAND PROGRAM
  rm -rf "$1" && mkdir -p "$1/bin" || return
  local program interpreter=
  program=$("from_$2" "$1" "$3" "$5" 3>&1 >"$1/log" 2>&1) || { tail -n 20 "$1/log" >&2; return 1; }
  [ -x "$program" ] || { echo "$3 has no program $5 for $platform" >&2; return 1; }
  [ ! -x "$1/node_modules/.bin/node" ] || interpreter="\"$1/node_modules/.bin/node\" "
  printf '#!/bin/sh\nexec %s"%s" "$@"\n' "$interpreter" "$program" >"$1/bin/$4" &&
    chmod +x "$1/bin/$4"
}

asked_for() { # NAME VERSION ASKED…
  local name=$1 version=$2
  shift 2
  [ $# -gt 0 ] || return 0
  for asked; do
    case $asked in "$name" | "$name-$version") return 0 ;; esac
  done
  return 1
}

for asked; do
  awk '{ print $1; print $1 "-" $2 }' <<<"$programs" | grep -qxF -e "$asked" ||
    { echo "setup.sh: no program \"$asked\"; there are:$(awk 'NF { print " " $1 "-" $2 }' <<<"$programs" | tr -d '\n')" >&2; exit 2; }
done
failed=0
while read -r name version from packages command program; do
  [ -n "$name" ] && asked_for "$name" "$version" "$@" || continue
  folder=$cache/$name-$version
  # Installed again when its row changes, or the place: paths are written into what is installed.
  key="$folder $from $packages $command $program"
  started=$SECONDS
  if [ "$(cat "$folder/installed" 2>/dev/null)" != "$key" ]; then
    install "$folder" "$from" "$packages" "$command" "$program" && echo "$key" >"$folder/installed" || {
      echo "$name-$version: could not be installed"
      failed=1
      continue
    }
  fi
  said=$(env -i HOME="$cache/home" PATH="$PATH" "$folder/bin/$command" --version 2>&1) || { said="does not run: $said"; failed=1; }
  echo "$name-$version: ${said%%$'\n'*} ($(du -sm "$folder" | cut -f1) MB, $((SECONDS - started)) s)"
done <<<"$programs"
# The published client of the Agent Client Protocol, which ours is compared with. It needs compiled parts.
oracle=${cache%/*}/acp-oracle
if [ $# -eq 0 ] && [ "$(cat "$oracle/installed" 2>/dev/null)" != "$oracle 0.12.1" ]; then
  rm -rf "$oracle"
  "${PYTHON:-python3}" -m venv "$oracle" && "$oracle/bin/python" -m pip install -q agent-client-protocol==0.12.1 &&
    echo "$oracle 0.12.1" >"$oracle/installed" || { echo "acp-oracle: could not be installed"; failed=1; }
fi
# All that is installed is kept; what it was unpacked from is not needed again.
rm -rf "$cache/npm" "$cache/home"
exit $failed
