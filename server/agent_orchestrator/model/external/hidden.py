"""Markdown as a person reads it on a forge's page: what they are not shown is taken out.

GitHub Flavored Markdown, "HTML blocks" and "Raw HTML": comments, instructions and declarations are shown nowhere, nor
are definitions of links, their titles, pictures' descriptions, and collapsed parts that nobody opened. Code is shown as
it is.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator

#: Characters of private use stand for code while the rest is looked at: what is cleaned holds none.
_FIRST, _MOST = 0xF0000, 0xFFFD
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_TICKS = re.compile(r"`+")
_UNSHOWN = re.compile(
    r"<!--.*?(?:-->|\Z)|<\?.*?(?:\?>|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|<![A-Za-z][^>]*(?:>|\Z)", re.DOTALL
)
_OPENS = re.compile(r"<!--|<\?|<!\[CDATA\[|<![A-Za-z]")
_CLOSES = {"<!--": "-->", "<?": "?>", "<![CDATA[": "]]>"}
_DETAILS = re.compile(r"<(/?)details\b[^<>]*>", re.IGNORECASE)
_SUMMARY = re.compile(r"\s*<summary\b[^<>]*>([^<]{0,200})", re.IGNORECASE)
_MEDIA = re.compile(r"<(picture|svg|video|audio|script|style|template)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_DEFINITION = re.compile(r"^ {0,3}\[[^\]\n]+\]:.*(?:\n[ \t]+(?:\"[^\n]*\"|'[^\n]*'|\([^\n]*\))[ \t]*$)?", re.MULTILINE)
_IMAGE = re.compile(r"!\[(?:[^\[\]\n]|\[[^\[\]\n]*\])*\](?:\[[^\]\n]*\])?|!\[.*")
_TITLE = re.compile(r"(\]\((?:[^)\s\]]|\](?!\())*)\s+(?:\"[^\"]{0,1000}\"|'[^']{0,1000}')\)")


def visible(text: str) -> str:
    """What of a Markdown text a person sees. ``text`` is cleaned: no character of it is of private use."""
    code: list[str] = []

    def stand_in(part: str) -> str:
        if len(code) > _MOST:
            return ""
        code.append(part)
        return chr(_FIRST + len(code) - 1)

    shown = "\n".join(_lines(text.split("\n"), stand_in))
    shown = _without_collapsed(_UNSHOWN.sub("", shown))
    shown = _DEFINITION.sub("", _MEDIA.sub("[picture]", shown))
    shown = _TITLE.sub(r"\1)", _without_images(shown))
    shown = _TAG.sub("", shown)
    shown = "".join(code[ord(each) - _FIRST] if ord(each) >= _FIRST else each for each in shown)
    return re.sub(r"\n{3,}", "\n\n", shown).strip()


def _without_images(text: str) -> str:
    """``text`` with words in the place of each image and its target, which ends in its line."""
    kept: list[str] = []
    at = no_target = 0
    while found := _IMAGE.search(text, at):
        kept += [text[at : found.start()], "[picture]"]
        at = found.end()
        if at >= no_target and text.startswith("(", at):
            line_end = text.find("\n", at)
            line_end = len(text) if line_end < 0 else line_end
            closing = text.find(")", at, line_end)
            # Where none is closed in the rest of a line, that is looked for once.
            at, no_target = (closing + 1, no_target) if closing >= 0 else (at, line_end)
    return "".join(kept) + text[at:]


def _without_collapsed(text: str) -> str:
    """``text`` with a line in the place of each collapsed part; one that is not closed goes to the end."""
    kept: list[str] = []
    at = depth = 0
    for found in _DETAILS.finditer(text):
        if not found[1]:
            if not depth:
                summary = _SUMMARY.match(text, found.end())
                title = " ".join(summary[1].split()) if summary else ""
                kept += [text[at : found.start()], f"[a collapsed part is left out{f': {title}' if title else ''}]"]
            depth += 1
        elif depth:
            depth -= 1
            at = found.end()
    return "".join(kept) + ("" if depth else text[at:])


def _lines(lines: list[str], stand_in: Callable[[str], str]) -> Iterator[str]:
    """The lines, with a character in the place of each piece of code."""
    at = 0
    while at < len(lines):
        line = lines[at]
        fence = _FENCE.match(line)
        opened = _OPENS.match(line.lstrip(" "))
        if fence:
            end = _end_of_fence(lines, at, fence[1])
            yield stand_in("\n".join(lines[at : end + 1]))
        elif opened:
            # Hidden from here on, whatever looks like code in it.
            end = next((n for n in range(at, len(lines)) if _CLOSES.get(opened[0], ">") in lines[n]), len(lines) - 1)
            yield from lines[at : end + 1]
        else:
            end = at
            yield _without_spans(line, stand_in)
        at = end + 1


def _end_of_fence(lines: list[str], begin: int, fence: str) -> int:
    closing = re.compile(rf" {{0,3}}{re.escape(fence[0])}{{{len(fence)},}}[ \t]*$")
    return next((n for n in range(begin + 1, len(lines)) if closing.match(lines[n])), len(lines) - 1)


def _without_spans(line: str, stand_in: Callable[[str], str]) -> str:
    """The line without its code spans. Of a comment and a span, the one that begins first holds the other."""
    runs = [(found.start(), found.end()) for found in _TICKS.finditer(line)]
    starts: defaultdict[int, list[int]] = defaultdict(list)
    for start, end in runs:
        starts[end - start].append(start)
    done, at = "", 0
    for start, end in runs:
        if start < at:
            continue
        if opened := _OPENS.search(line, at, start):
            closed = line.find(_CLOSES.get(opened[0], ">"), opened.end())
            closed = len(line) if closed < 0 else closed
            done, at = done + line[at:closed], closed
            if start < at:
                continue
        same = starts[end - start]
        following = bisect_right(same, start)
        if following < len(same):
            closing = same[following] + end - start
            done += line[at:start] + stand_in(line[start:closing])
            at = closing
    return done + line[at:]
