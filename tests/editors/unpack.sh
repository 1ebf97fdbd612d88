#!/usr/bin/env bash
# Unpack Debian packages of a suite, with everything that they need (libc too), into a folder; the system stays as it is.
# usage: unpack.sh SUITE FOLDER PACKAGE...
set -euo pipefail
suite=$1
folder=$(realpath -m "$2")
shift 2
# The machine's own mirror; only the suite differs.
site=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep -v -e security | head -n 1)
work="$folder.apt"
rm -rf "$folder" "$work"
mkdir -p "$folder" "$work/state/lists/partial" "$work/cache/archives/partial" "$work/etc"
: >"$work/state/status"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $site $suite main" >"$work/sources.list"
options=(
  -o "Dir::Etc=$work/etc" -o "Dir::Etc::SourceList=$work/sources.list" -o Dir::Etc::SourceParts=/dev/null
  -o Dir::Etc::main=/dev/null -o Dir::Etc::Parts=/dev/null -o "Dir::State=$work/state"
  -o "Dir::State::status=$work/state/status" -o "Dir::Cache=$work/cache" -o APT::Install-Recommends=false
  -o Acquire::Languages=none -o Debug::NoLocking=1 -qq -y
)
apt-get "${options[@]}" update
apt-get "${options[@]}" --download-only install "$@"
for package in "$work"/cache/archives/*.deb; do
  dpkg-deb -x "$package" "$folder"
done
rm -rf "$work"
