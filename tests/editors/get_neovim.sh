#!/usr/bin/env bash
# Unpack Neovim of a Debian suite into a folder; the system stays as it is.
# usage: get_neovim.sh SUITE FOLDER
set -euo pipefail
suite=$1
folder=$(realpath -m "$2")
"$(dirname "$0")/unpack.sh" "$suite" "$folder" neovim patchelf
lib=$folder/usr/lib/x86_64-linux-gnu
loader=$lib/ld-linux-x86-64.so.2
# With the loader and the libraries of its own suite. Its screen starts it once more: a wrapper alone is not enough.
"$loader" --library-path "$lib" "$folder/usr/bin/patchelf" \
  --set-interpreter "$loader" --force-rpath --set-rpath "$lib" "$folder/usr/bin/nvim"
cat >"$folder/nvim" <<'WRAPPER'
#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
export VIMRUNTIME="$here/usr/share/nvim/runtime"
exec "$here/usr/bin/nvim" "$@"
WRAPPER
chmod +x "$folder/nvim"
"$folder/nvim" --version | head -n 1
