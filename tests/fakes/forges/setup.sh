#!/usr/bin/env bash
# Install the forges' own clients, which keep the doubles honest, into .cache/forges: once each.
# usage: setup.sh [PART...]     needs the network; parts are those of the list below
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(realpath "$here/../../..")
cache=$(realpath -m "$root/.cache/forges")
mkdir -p "$cache"
# Node knows certificates of its own only; where a proxy has others, they are in the machine's.
for store in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt; do
  [ ! -e "$store" ] || export NODE_EXTRA_CA_CERTS="${NODE_EXTRA_CA_CERTS:-$store}"
done

program() { # NAME: a program of Debian 13, alone: it is linked so that it runs on Debian 12 too
  "$cache/bin/$1" --version >/dev/null 2>&1 && return
  # Both at once: most of the time goes into what they depend on.
  "$root/tests/editors/unpack.sh" trixie "$cache/unpacked" gh glab
  mkdir -p "$cache/bin"
  mv "$cache/unpacked/usr/bin/gh" "$cache/unpacked/usr/bin/glab" "$cache/bin/"
  rm -rf "$cache/unpacked"
  "$cache/bin/$1" --version | head -n 1
}

gh() { # GitHub's command
  program gh
}

glab() { # GitLab's command
  program glab
}

linear() { # Linear's library
  [ -e "$cache/linear/node_modules/@linear/sdk" ] ||
    npm install --ignore-scripts --no-audit --no-fund --silent --prefix "$cache/linear" @linear/sdk@98.0.0
}

parts=("$@")
[ "${#parts[@]}" -gt 0 ] || parts=(gh glab linear)
for part in "${parts[@]}"; do
  "$part"
done
