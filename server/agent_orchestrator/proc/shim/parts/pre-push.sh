# Before a push of an agent's session: only its own branch, and only forward. Then the repository's own hook is asked.
# A commit name of zeros stands for a branch that is to be deleted, or is not there yet (githooks, "pre-push").
lines=$(cat)
common=$(cd "$(git rev-parse --git-common-dir)" && pwd -P)
refuse() {
  echo "ao: nothing was pushed: $1; an agent pushes only its session's branch, and only forward. Say in your last" \
    "words what you need, and a person decides." >&2
  exit 1
}
zeros() { case $1 in *[!0]*) return 1 ;; esac; }
pushed=
# What agents' tests do in repositories of their own is not looked at.
if [ "$common" = "$AO_COMMON" ]; then
  while read -r _ new ref old; do
    [ -n "$ref" ] || continue
    [ "$ref" = "$AO_REF" ] || refuse "$ref is not ${AO_REF#refs/heads/}"
    zeros "$new" && refuse "it would delete $ref"
    zeros "$old" || git merge-base --is-ancestor "$old" "$new" 2>/dev/null ||
      refuse "$ref has commits at the remote that would be lost, or that are not fetched"
    pushed=$new
  done <<LINES
$lines
LINES
fi
# The hook that would have run: without the setting that brought us here.
own=$(unset GIT_CONFIG_PARAMETERS && git rev-parse --git-path hooks)/pre-push
if [ -x "$own" ]; then
  unset GIT_CONFIG_PARAMETERS
  if [ -n "$lines" ]; then printf '%s\n' "$lines" | "$own" "$@"; else "$own" "$@" </dev/null; fi || exit 1
fi
# In a sandbox the folder may be one that can not be written.
[ -z "$pushed" ] || { echo "$pushed" >"$AO_FOLDER/$AO_PUSHED"; } 2>/dev/null || :
