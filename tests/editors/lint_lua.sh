#!/usr/bin/env bash
# Look at the layout and the sense of all Lua. What is not installed is said; on a CI machine that is a failure.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
cache=$root/.cache/editors
lua=$cache/lua/usr
stylua=$cache/stylua/node_modules/.bin/stylua
if [ ! -e "$lua/bin/luacheck" ] || [ ! -e "$stylua" ]; then
  echo "Lua was not looked at: \`make editors-setup\` installs stylua and luacheck"
  [ "${CI:-}" != true ]
  exit
fi
cd "$root"
"$stylua" --check --config-path editors/neovim/.stylua.toml \
  --glob '**/*.lua' --glob '!**/protocol.lua' -- editors/neovim tests/editors
lib=$lua/lib/x86_64-linux-gnu
export LUA_PATH="$lua/share/lua/5.1/?.lua;$lua/share/lua/5.1/?/init.lua"
export LUA_CPATH="$lib/lua/5.1/?.so"
# Run by the loader and with the libraries of its own suite.
"$lib/ld-linux-x86-64.so.2" --library-path "$lib" "$lua/bin/lua5.1" "$lua/bin/luacheck" \
  --config editors/neovim/.luacheckrc --no-cache --no-color --quiet editors/neovim tests/editors
