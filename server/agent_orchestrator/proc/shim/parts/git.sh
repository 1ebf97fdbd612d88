# git of an agent's session: a push is looked at by the hook in this folder, everything else goes on as it is.
set -f
IFS=:
real=
for at in $PATH; do
  [ -x "${at:-.}/git" ] && [ -f "${at:-.}/git" ] && [ ! -e "${at:-.}/$AO_MARK" ] && real=${at:-.}/git && break
done
unset IFS
set +f
[ -n "$real" ] || { echo "sh: 1: git: not found" >&2; exit 127; }
takes= command= refused=
for word; do
  if [ -n "$command" ]; then
    case $word in
      --) break ;;
      --no-verify | --no-verif | --no-veri | --no-ver) refused=yes ;;
    esac
  elif [ -n "$takes" ]; then
    takes=
  else
    case $word in
      -C | -c | --git-dir | --work-tree | --namespace | --super-prefix | --config-env | --attr-source) takes=yes ;;
      -*) ;;
      push) command=push ;;
      *) break ;;
    esac
  fi
done
[ -n "$command" ] || exec "$real" "$@"
if [ -n "$refused" ]; then
  echo "ao: \`git push --no-verify\` was not run: it would pass over what keeps a push to the session's own branch;" \
    "leave the flag out." >&2
  exit 1
fi
# The person's own settings may come first: this one, as the last before the command, is the one that counts.
first=yes takes=
for word; do
  [ -z "$first" ] || { set --; first=; }
  if [ -n "$command" ] && [ -z "$takes" ] && [ "$word" = push ]; then
    set -- "$@" -c "core.hooksPath=$AO_FOLDER/$AO_HOOKS"
    command=
  elif [ -n "$takes" ]; then
    takes=
  else
    case $word in
      -C | -c | --git-dir | --work-tree | --namespace | --super-prefix | --config-env | --attr-source) takes=yes ;;
    esac
  fi
  set -- "$@" "$word"
done
exec "$real" "$@"
