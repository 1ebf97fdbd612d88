"""The box in which one types: what becomes of keys and of what is pasted."""

from __future__ import annotations

import re
import unicodedata
import zlib

#: What is longer is marked as pasted.
LINES, CHARACTERS = 3, 800
#: Marks that somebody typed get a backslash, so that they mark nothing.
MARK = re.compile("<(/?pasted_content)")
BACKSLASH = r"<\\\1"


class Box:
    """The text that was typed and not sent yet, in parts: (text, was it pasted and is it long?)."""

    def __init__(self) -> None:
        self.parts: list[tuple[str, bool]] = []

    @property
    def empty(self) -> bool:
        return not self.parts

    @property
    def completes(self) -> bool:
        """Is a list of files open beside it? Then Enter takes one of them."""
        last = "".join(text for text, _ in self.parts[-2:])
        return last.rpartition(" ")[2].rpartition("\n")[2].startswith("@")

    def complete(self) -> None:
        self.parts.append((" ", False))

    def type(self, text: str) -> None:
        """Keys; many at once are taken for what was pasted. A tab completes, and is no text."""
        if len(text) > CHARACTERS:
            self.paste(text)
        else:
            self._add(clean(text.replace("\t", "")), False)

    def paste(self, text: str) -> None:
        plain = clean(text)
        self._add(plain, plain.count("\n") >= LINES or len(plain) > CHARACTERS)

    def _add(self, text: str, long: bool) -> None:
        # A sign that opens a mode is one only at the beginning.
        if text:
            self.parts.append((text, long))

    def take(self) -> str:
        """The text that is sent; the box is empty then."""
        parts, self.parts = self.parts, []
        text = "".join(marked(one) if long else MARK.sub(BACKSLASH, one) for one, long in parts)
        return text if parts and parts[-1][1] else text.rstrip()


def clean(text: str) -> str:
    """As it is shown: tabs are four spaces, escapes and bells are left out, letters and accents are composed."""
    ends = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    return ends.replace("\t", "    ").replace("\x1b", "").replace("\x07", "").replace("\u200b", "")


def marked(text: str) -> str:
    id = f"{zlib.crc32(text.encode(errors='replace')) & 0xFFFF:04x}"
    return f'\n\n<pasted_content id="{id}">\n{MARK.sub(BACKSLASH, text)}\n</pasted_content id="{id}">\n'
