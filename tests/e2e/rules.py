"""A linter that starts in 20 ms: every line of every ``*.py`` in the tree must say ``<name> = good``.

``python -S rules.py`` prints ``file:line: message [name]`` and ends with 1 when there is something to print.
"""

import glob
import re
import sys

_LINE = re.compile(r"(\w+) = (good|bad)(  #.*)?")


def main():
    red = [told for path in sorted(glob.glob("*.py")) for told in look_at(path)]
    print("\n".join(red))
    return 1 if red else 0


def look_at(path):
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file.read().splitlines(), 1):
            found = _LINE.fullmatch(line)
            if found is None:
                yield f"{path}:{number}: this is no line [syntax]"
            elif found[2] == "bad" and "noqa" not in line:
                yield f"{path}:{number}: {found[1]} is bad [{found[1]}]"


if __name__ == "__main__":
    sys.exit(main())
