#!/usr/bin/env bash
# Cut the published descriptions down to what the doubles model: github.*, gitlab.*, linear.*. Needs npm, the network, and the
# repository's .venv. Run it after a change of *.kept or github.operations, or with new versions.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
python=$(cd "$here/../../../.." && pwd)/.venv/bin/python
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for store in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt; do
  [ ! -e "$store" ] || export NODE_EXTRA_CA_CERTS="${NODE_EXTRA_CA_CERTS:-$store}"
done

fetch() { # PACKAGE VERSION: says where it was unpacked
  (cd "$work" && tar xzf "$(npm pack --silent "$1@$2")" && mv package "${1##*/}")
  echo "$work/${1##*/}"
}

# The versions that README.md names.
schema=$(fetch @octokit/graphql-schema 15.26.1)
"$python" "$here/trim_graphql.py" "$schema/schema.graphql" "$here/github.kept" "$here/github"
described=$(fetch @octokit/openapi 23.0.2)
"$python" "$here/trim_openapi.py" "$described/generated/api.github.com.json" "$here/github.operations" "$here/github.openapi.json"
examples=$(fetch @octokit/webhooks-examples 7.6.1)
"$python" "$here/trim_webhooks.py" "$examples/api.github.com/index.json" "$here/github.webhooks.json"
types=$(fetch gitlab-graphql-types 1.1.0)
"$python" "$here/gitlab_sdl.py" "$types/graphql.schema.json" "$work/gitlab.graphql"
"$python" "$here/trim_graphql.py" "$work/gitlab.graphql" "$here/gitlab.kept" "$here/gitlab"
library=$(fetch @linear/sdk 98.0.0)
"$python" "$here/derive_linear.py" "$(grep -l '^type WorkflowState = ' "$library"/dist/*.d.mts)" "$work/linear.graphql"
"$python" "$here/trim_graphql.py" "$work/linear.graphql" "$here/linear.kept" "$here/linear"
