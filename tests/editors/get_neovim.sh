#!/usr/bin/env bash
# Unpack Neovim of a Debian suite into a folder; the system stays as it is.
# usage: get_neovim.sh SUITE FOLDER
set -euo pipefail
suite=$1
folder=$(realpath -m "$2")
"$(dirname "$0")/unpack.sh" "$suite" "$folder" neovim
# Run by the loader and with the libraries of its own suite.
cat >"$folder/nvim" <<'WRAPPER'
#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
lib=$here/usr/lib/x86_64-linux-gnu
export VIMRUNTIME="$here/usr/share/nvim/runtime"
# It looks for its parsers beside the program that runs, which is the loader.
exec "$lib/ld-linux-x86-64.so.2" --library-path "$lib" "$here/usr/bin/nvim" --cmd "set rtp+=$here/usr/lib/nvim" "$@"
WRAPPER
chmod +x "$folder/nvim"
"$folder/nvim" --version | head -n 1
