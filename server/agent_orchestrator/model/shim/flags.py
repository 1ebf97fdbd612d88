"""Command lines as ``gh`` and ``glab`` read them: the rules of the library that both are made with (cobra, pflag)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

#: Flags without a value that may stand before a command.
_PLAIN = ("-h", "--help", "--version")


def words(args: Sequence[str]) -> list[str]:
    """What is left for the names of commands: any flag but these takes the word after it, as cobra has it."""
    found: list[str] = []
    at = 0
    while at < len(args):
        arg = args[at]
        if arg == "--":
            break
        if arg.startswith("-"):
            at += 2 if _takes(arg) else 1
            continue
        if arg:
            found.append(arg)
        at += 1
    return found


def without(args: Sequence[str], names: Sequence[str]) -> list[str]:
    """``args`` without the words that name the command, which stand there in this order."""
    rest: list[str] = []
    left = list(names)
    at = 0
    while at < len(args):
        arg = args[at]
        if arg == "--" or not left:
            rest += args[at:]
            break
        if arg.startswith("-"):
            many = 2 if _takes(arg) else 1
            rest += args[at : at + many]
            at += many
            continue
        if arg == left[0]:
            left.pop(0)
        else:
            rest.append(arg)
        at += 1
    return rest


def _takes(flag: str) -> bool:
    """Is the word after a flag its value, for all that is known of it?"""
    return "=" not in flag and flag not in _PLAIN and (flag.startswith("--") or len(flag) == 2)


def asks_help(args: Sequence[str]) -> bool:
    """Is it a question for help? Only where nothing could take the flag for its value."""
    if not args or args[0] == "help":
        return True
    return args[-1] in ("--help", "-h") and not any(arg.startswith("-") for arg in args[:-1])


class Parsed:
    """``flags``: long name → its values in order; one without a value has ``true``."""

    __slots__ = ("flags", "rest")

    def __init__(self) -> None:
        self.rest: list[str] = []
        self.flags: dict[str, list[str]] = {}

    def last(self, name: str) -> str:
        """The value that counts."""
        return self.flags.get(name, [""])[-1]

    def on(self, name: str) -> bool:
        """Is a flag without a value set?"""
        return self.last(name) not in ("", "false", "0", "f", "F", "False", "FALSE")


def parse(args: Sequence[str], values: str, plain: str = "") -> Parsed | None:
    """Read flags; ``values`` and ``plain`` name those that are known, as ``R:repo`` or ``repo``. None: one is not."""
    long_values, short_values = _names(values)
    long_plain, short_plain = _names(plain)
    found = Parsed()
    at = 0
    while at < len(args):
        arg = args[at]
        at += 1
        if arg == "--":
            found.rest += args[at:]
            break
        if not arg.startswith("-") or arg == "-":
            found.rest.append(arg)
            continue
        if arg.startswith("--"):
            name, equals, value = arg[2:].partition("=")
            if name in long_plain:
                found.flags.setdefault(name, []).append(value if equals else "true")
            elif name in long_values:
                if not equals:
                    if at >= len(args):
                        return None
                    value = args[at]
                    at += 1
                found.flags.setdefault(name, []).append(value)
            else:
                return None
            continue
        letters = arg[1:]
        while letters:
            letter, letters = letters[0], letters[1:]
            if letter in short_plain:
                value = "true"
                if letters.startswith("="):
                    value, letters = letters[1:], ""
                found.flags.setdefault(short_plain[letter], []).append(value)
            elif letter in short_values:
                if letters:
                    value = letters.removeprefix("=")
                elif at < len(args):
                    value = args[at]
                    at += 1
                else:
                    return None
                found.flags.setdefault(short_values[letter], []).append(value)
                letters = ""
            else:
                return None
    return found


def _names(text: str) -> tuple[set[str], dict[str, str]]:
    long: set[str] = set()
    short: dict[str, str] = {}
    for name in text.split():
        letter, colon, rest = name.partition(":")
        if colon:
            short[letter] = rest
        long.add(rest if colon else name)
    return long, short
