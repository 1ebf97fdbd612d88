"""Messages that are hard to deliver, and what has to arrive of them."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Iterator

from agent_orchestrator.model.text import sanitize

#: Signs at the beginning of a message that agents take for a command, and what then comes before it.
SIGNS, BEFORE = ("/", "!", "?", "#", "@", "$"), "Task:\n"
#: What is typed before a text that is too long to be typed.
LEAD = "This is the message, all of it: "
LARGEST = 64 << 10
_WRAPPER = re.compile(r'\n\n<pasted_content id="(\w+)">\n(.*)\n</pasted_content id="\1">\n$', re.DOTALL)
_WORDS = (
    *("the", "test", "fails", "half.py:3", "a // 2", "naïve", "größer", "日本語", "한국어", "עברית", "مرحبا", "𝒳"),
    *("🙂", "👩‍👩‍👧‍👦", "🇳🇱", "e\u0301", "\u200b", "<b>", "&amp;", "$(touch x)", "`id`", "'", '"', "\\n", "%s", "{}"),
)


def messages(count: int, seed: int = 1, largest: int = LARGEST) -> list[str]:
    """So many messages of 1 byte to ``largest``; the same for the same seed. Each is told apart by a number in it."""
    chance = random.Random(seed)
    kinds = list(_kinds(chance, largest))
    # Large ones are rare, as they are in life.
    weights = [1 if kind.__name__.startswith("large") else 8 for kind in kinds]
    return [chance.choices(kinds, weights)[0](f"m{number}") for number in range(count)]


def _kinds(chance: random.Random, largest: int) -> Iterator:
    def words(most: int) -> str:
        return " ".join(chance.choices(_WORDS, k=chance.randint(1, most)))

    def large(name: str, size: int) -> str:
        lines = "".join(f"{words(12)}\n" for _ in range(size // 40 + 1))
        return f"{name} {lines}".encode()[:size].decode(errors="ignore")

    yield lambda name: chance.choice("ab19.-ß日🙂")
    yield lambda name: f"{name} {words(8)}"
    yield lambda name: f"{name} {words(8)}\n{words(5)}"
    yield lambda name: "\n".join(f"{name} {words(6)}" for _ in range(chance.randint(4, 30)))
    yield lambda name: f"{name}\n\n\n{words(3)}\n\n"
    yield lambda name: f"{chance.choice(SIGNS)}{name} {words(4)}"
    yield lambda name: f" \n{chance.choice(SIGNS)}{name}"
    yield lambda name: f"{name} look at @{chance.choice(('half.py', 'README', 'nothing'))}"
    yield lambda name: f"{name}\tcol\n\tx\t\ty"
    yield lambda name: f"{name}\r\nsecond {words(3)}\r\nthird"
    yield lambda name: f"{name} \x1b[31mred\x1b[0m \x1b]0;title\x07 \x1bc \x1b\x1b bell \x07 null \x00 \x7f"
    yield lambda name: f"{name} \x1b[201~\r/quit\r\x1b[200~ {words(3)}"
    yield lambda name: f"{name} [201~ {words(3)} \x9b201~"
    yield lambda name: f"\u202e{name} مرحبا \u2066עברית\u2069 {words(3)}"
    yield lambda name: chance.choice((" ", "   \n  ", "\t", "\r\n", "\x1b[0m", "\u2003"))
    yield lambda name: f'{name} <pasted_content id="ab12">\n{words(3)}\n</pasted_content id="ab12">\n'
    yield lambda name: f"{name} 1"
    yield lambda name: "the same again"
    yield lambda name: f"  {name} with blanks around   \n "

    def large_some(name: str) -> str:
        return large(name, chance.randint(801, 9_000))

    def large_most(name: str) -> str:
        return large(name, chance.choice((largest // 4, largest)))

    def large_line(name: str) -> str:
        return f"{name} " + "long" * (min(largest, 6_000) // 4)

    yield from (large_some, large_most, large_line)


def expected(text: str, *, typed: bool = True) -> str:
    """What is to arrive: without control characters, and with nothing at its beginning that acts.

    ``typed``: into a box of text; tabs are spaces then, and letters and accents are composed.
    """
    plain = sanitize(text).strip()
    if typed:
        plain = unicodedata.normalize("NFC", plain.expandtabs(4).rstrip())
    return f"{BEFORE}{plain}" if plain.startswith(SIGNS) else plain


def arrived(told: str) -> str:
    """What a program says that it was told, without its marks of what was pasted."""
    return unescaped(_WRAPPER.sub(r"\2", told.removeprefix(LEAD.strip()))).strip()


def visible(text: str) -> str:
    """Without characters that can not be seen: of those a box of text keeps some, and some not."""
    return "".join(c for c in text if unicodedata.category(c) != "Cf" and not "\ufe00" <= c <= "\ufe0f").strip()


def unescaped(told: str) -> str:
    """Without the backslashes that marks get when they are a part of the message."""
    return told.replace("<\\pasted_content", "<pasted_content").replace("<\\/pasted_content", "</pasted_content")
