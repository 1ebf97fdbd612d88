#!/usr/bin/env bash
# Install the editors and the tools for their plugins that tests and `make lint` run into .cache/editors: once each.
# usage: setup.sh [PART...]     needs the network; parts are those of the list below
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=$(realpath -m "$here/../../.cache/editors")
mkdir -p "$cache"
# Node knows certificates of its own only; where a proxy has others, they are in the machine's.
for store in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt; do
  [ ! -e "$store" ] || export NODE_EXTRA_CA_CERTS="${NODE_EXTRA_CA_CERTS:-$store}"
done

nvim() { # Neovim, the newest and the oldest that is supported
  "$cache/nvim/forky/nvim" --version >/dev/null 2>&1 || "$here/get_neovim.sh" forky "$cache/nvim/forky"
  "$cache/nvim/trixie/nvim" --version >/dev/null 2>&1 || "$here/get_neovim.sh" trixie "$cache/nvim/trixie"
}

helix() { # Helix, which has no plugins
  [ -e "$cache/helix/usr/bin/hx" ] || "$here/unpack.sh" forky "$cache/helix" hx
}

lua() { # busted runs specs, luacheck looks at Lua
  [ -e "$cache/lua/usr/bin/luacheck" ] || "$here/unpack.sh" trixie "$cache/lua" lua-busted lua-check
}

telescope() { # Telescope, for which the plugin of Neovim has pickers
  [ -e "$cache/telescope/usr/share/neovim-telescope" ] || "$here/unpack.sh" forky "$cache/telescope" neovim-telescope
}

stylua() { # lays out Lua
  [ -e "$cache/stylua/node_modules/.bin/stylua" ] ||
    npm install --no-audit --no-fund --silent --prefix "$cache/stylua" @johnnymorganz/stylua-bin@2.5.2
}

parts=("$@")
[ "${#parts[@]}" -gt 0 ] || parts=(nvim helix lua telescope stylua)
for part in "${parts[@]}"; do
  "$part"
done
