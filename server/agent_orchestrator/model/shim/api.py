"""``gh api`` and ``glab api``: they can do anything, so only questions pass, and comments on the own pull request."""

from __future__ import annotations

from agent_orchestrator.model.shim.flags import parse
from agent_orchestrator.model.shim.verdict import BLOCKED, READ, WRITE, Place, Verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_VALUES = "X:method f:raw-field F:field H:header input q:jq t:template p:preview cache hostname output form"
_PLAIN = "i:include paginate silent slurp verbose"
#: Where a comment on a pull request or a merge request is made, in steps; ``*`` is its number or a comment's.
_COMMENTS = {
    "gh": ("issues/*/comments", "pulls/*/comments", "pulls/*/comments/+/replies"),
    "glab": ("merge_requests/*/notes", "merge_requests/*/discussions", "merge_requests/*/discussions/+/notes"),
}
_ELSE = "an agent only asks questions and comments on its own pull request with `api`"


def judge_api(program: str, args: Sequence[str], place: Place, read: Callable[[str], str]) -> Verdict:
    """``args`` without the word ``api``; ``read`` gives a file's text and raises OSError or ValueError."""
    found = parse(args, _VALUES, _PLAIN)
    if found is None or len(found.rest) != 1:
        return Verdict(BLOCKED, "api", "what this call of `api` would do can not be told from its flags")
    if any("method-override" in header.lower() for header in found.flags.get("header", ())):
        return Verdict(BLOCKED, "api", f"it hides its method in a header; {_ELSE}")
    fields = [*found.flags.get("raw-field", ()), *found.flags.get("field", ()), *found.flags.get("form", ())]
    body = bool(fields) or "input" in found.flags
    method = (found.last("method") or ("POST" if body else "GET")).upper()
    if method in ("GET", "HEAD"):
        return Verdict(READ, "api")
    path = found.rest[0]
    if path.rstrip("/").rpartition("/")[2].partition("?")[0].lower() == "graphql":
        return _graphql(found.flags, read)
    if method == "POST" and not found.last("hostname") and _is_own_comment(program, path, place):
        return Verdict(WRITE, "api")
    return Verdict(BLOCKED, "api", f"its method is {method if method.isalpha() else 'another than GET'}; {_ELSE}")


def _graphql(flags: dict[str, list[str]], read: Callable[[str], str]) -> Verdict:
    documents = [value[6:] for value in flags.get("raw-field", ()) if value.startswith("query=")]
    for value in flags.get("field", ()):
        if value.startswith("query=@"):
            try:
                documents.append(read(value[7:]))
            except (OSError, ValueError):
                return Verdict(BLOCKED, "api graphql", "its document can not be seen; give it as `-f query=…`")
        elif value.startswith("query="):
            documents.append(value[6:])
    if not documents or "input" in flags:
        return Verdict(BLOCKED, "api graphql", "its document can not be seen; give it as `-f query=…`")
    if any(changes(document) for document in documents):
        return Verdict(BLOCKED, "api graphql", f"it is a mutation; {_ELSE}")
    return Verdict(READ, "api graphql")


def changes(document: str) -> bool:
    """Does a GraphQL document hold a mutation, or the word outside of texts and comments?"""
    word = ""
    at = 0
    while at < len(document):
        letter = document[at]
        if letter.isalnum() or letter == "_":
            word += letter
            at += 1
            continue
        if word in ("mutation", "subscription"):
            return True
        word = ""
        if letter == "#":
            ends = [end for end in (document.find(mark, at) for mark in "\n\r") if end >= 0]
            at = min(ends, default=len(document))
        elif document.startswith('"""', at):
            at = _after_block(document, at + 3)
        elif letter == '"':
            at += 1
            while at < len(document) and document[at] not in '"\n\r':
                at += 2 if document[at] == "\\" else 1
            at += 1
        else:
            at += 1
    return word in ("mutation", "subscription")


def _after_block(document: str, at: int) -> int:
    while (end := document.find('"""', at)) > 0 and document[end - 1] == "\\":
        at = end + 3
    return len(document) if end < 0 else end + 3


def _is_own_comment(program: str, path: str, place: Place) -> bool:
    if not place.number or not place.repo:
        return False
    host, _, name = place.repo.partition("/")
    steps = path.strip("/").split("/")
    standing: tuple[str, ...]
    if program == "gh":
        named, rest = "/".join(steps[1:3]).lower(), steps[3:]
        standing = ("{owner}/{repo}", ":owner/:repo")
        start = steps[0] == "repos"
    else:
        named, rest = "/".join(steps[1:2]).lower().replace("%2f", "/"), steps[2:]
        standing = (":id", ":fullpath", "{id}", "{fullpath}")
        start = steps[0] == "projects"
    # What stands for the repository is that of the folder, or of the environment.
    own = place.is_own_repo("") if named in standing else named == name and place.is_own_repo(f"{host}/{name}")
    if not start or not own:
        return False
    return any(_fits(rest, pattern.split("/"), str(place.number)) for pattern in _COMMENTS[program])


def _fits(steps: Sequence[str], pattern: Sequence[str], number: str) -> bool:
    def one(step: str, wanted: str) -> bool:
        if wanted == "*":
            return step == number
        return step.isascii() and step.isalnum() if wanted == "+" else step == wanted

    return len(steps) == len(pattern) and all(one(step, wanted) for step, wanted in zip(steps, pattern, strict=True))
