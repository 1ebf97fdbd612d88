"""A person's aliases of ``gh`` and ``glab``: what a call really means."""

from __future__ import annotations

from agent_orchestrator.model.shim.flags import without, words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: Stands for an expansion that is written in a way that is not read here.
UNSEEN = "!"


def aliases_of(text: str, *, below: str = "aliases") -> dict[str, str]:
    """The aliases in a file of settings: name → expansion. ``below`` is the key that they stand under, or empty.

    It reads what the programs themselves write: one level of plain or quoted words. What is written otherwise means
    :data:`UNSEEN`.
    """
    found: dict[str, str] = {}
    inside = not below
    margin = -1
    for line in text.splitlines():
        bare = line.strip()
        if not bare or bare.startswith("#"):
            continue
        indent = len(line) - len(line.lstrip(" "))
        if below and indent == 0:
            inside = bare.split("#")[0].strip() == f"{below}:"
            margin = -1
            continue
        if not inside:
            continue
        if margin < 0:
            margin = indent
        if indent > margin:
            # The rest of what was begun above.
            if found:
                found[next(reversed(found))] = UNSEEN
            continue
        name, expansion = _entry(bare)
        found[name] = expansion
    return found


def _entry(line: str) -> tuple[str, str]:
    quote = line[0]
    if quote in "'\"":
        name, _, rest = line[1:].partition(quote)
        rest = rest.lstrip().removeprefix(":")
    else:
        name, _, rest = line.partition(":")
    value = rest.strip()
    if not value or value[0] in "|>&*[{%@`":
        return name.strip(), UNSEEN
    if value[0] == "'":
        closed = len(value) > 1 and value.endswith("'")
        inner = value[1:-1].replace("''", "\0")
        return name.strip(), inner.replace("\0", "'") if closed and "'" not in inner else UNSEEN
    if value[0] == '"':
        inner = value[1:-1]
        plain = len(value) > 1 and value.endswith('"') and "\\" not in inner.replace('\\"', "").replace("\\\\", "")
        return name.strip(), inner.replace('\\"', '"').replace("\\\\", "\\") if plain else UNSEEN
    return name.strip(), value.split(" #")[0].rstrip()


def expanded(aliases: Mapping[str, str], args: Sequence[str]) -> tuple[bool, list[str] | None]:
    """Is a call an alias, and what does it stand for? None: its meaning can not be seen, as of a line of shell."""
    names = words(args)
    for many in (2, 1):
        found = aliases.get(" ".join(names[:many])) if len(names) >= many else None
        if found is not None:
            rest = without(args, names[:many])
            return True, None if found.startswith(UNSEEN) else _filled(found, rest)
    return False, None


def _filled(expansion: str, given: Sequence[str]) -> list[str] | None:
    import shlex

    extra: list[str] = []
    for number, arg in enumerate(given, 1):
        if f"${number}" in expansion:
            expansion = expansion.replace(f"${number}", arg)
        else:
            extra.append(arg)
    try:
        return [*shlex.split(expansion), *extra]
    except ValueError:
        return None
