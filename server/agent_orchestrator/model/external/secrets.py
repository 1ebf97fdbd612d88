"""Secrets in text: taken out before it is stored or told. Services mask only what was registered with them.

The shapes are the issuers' published ones: GitHub "Token formats", GitLab "Token prefixes", Slack "Token types", AWS
"Unique identifiers", RFC 7519 (JWT), RFC 7468 (PEM).
"""

from __future__ import annotations

import re

REDACTED = "[redacted]"

_SHAPES = (
    r"gh[pousr]_[A-Za-z0-9_]{16,255}",
    r"github_pat_[A-Za-z0-9_]{20,255}",
    r"gl(?:pat|oas|dt|rt|cbt|ptt|ft|imt|agent|soat|ffct)-[A-Za-z0-9_.=-]{16,300}",
    r"lin_(?:api|oauth)_[A-Za-z0-9]{20,100}",
    r"sk-[A-Za-z0-9_-]{16,300}",
    r"xox[abeprs]-[A-Za-z0-9-]{10,250}",
    r"(?:AKIA|ASIA)[A-Z0-9]{16}",
    r"AIza[A-Za-z0-9_-]{35}",
    r"npm_[A-Za-z0-9]{36}",
    r"pypi-[A-Za-z0-9_-]{16,300}",
    r"eyJ[A-Za-z0-9_-]{8,4000}\.eyJ[A-Za-z0-9_-]{2,8000}\.[A-Za-z0-9_-]{4,2000}",
)
_TOKEN = re.compile(rf"(?<![A-Za-z0-9_])(?:{'|'.join(_SHAPES)})")
_PEM = re.compile(
    r"-----BEGIN (?P<what>[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?)-----.{0,20000}?(?:-----END (?P=what)-----|\Z)",
    re.DOTALL,
)
#: The rest of a key whose beginning was cut off.
_PEM_END = re.compile(r"\A(?:(?!-----BEGIN).){0,20000}-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----", re.DOTALL)
_HEADER = re.compile(r"(?im)((?:proxy-)?authorization['\"]?[ \t]*[:=][ \t]*['\"]?)(?:[A-Za-z]+[ \t]+)?[^\s'\",]+")
_USERINFO = re.compile(r"(?i)\b([a-z][a-z0-9+.-]{1,20}://)[^\s/@:'\"]{0,200}:[^\s/@'\"]{1,300}@")
_NAMED = re.compile(
    r"(?i)(?P<name>(?:token|secret|passw(?:or)?d|api[_-]?key|private[_-]?key)[a-z0-9_]{0,20}"
    r"['\"]?[ \t]{0,4}[:=][ \t]{0,4})(?P<quote>['\"]?)(?P<value>[^\s'\"&;,]{6,300})(?P=quote)"
)
#: Values that only stand for a secret: a variable, a placeholder, or what was masked already.
_STANDS_FOR = re.compile(r"\$|\{\{|<|\*{3}|\[redacted|None\b|null\b|true\b|false\b|undefined\b")


def redact(text: str) -> str:
    """``text`` with :data:`REDACTED` in the place of everything that has the shape of a secret."""
    text = _PEM.sub(REDACTED, _PEM_END.sub(REDACTED, text))
    text = _USERINFO.sub(rf"\g<1>{REDACTED}@", text)
    text = _HEADER.sub(rf"\g<1>{REDACTED}", text)
    text = _TOKEN.sub(REDACTED, text)
    return _NAMED.sub(_without_value, text)


def _without_value(found: re.Match[str]) -> str:
    if _STANDS_FOR.match(found["value"]):
        return found[0]
    return f"{found['name']}{found['quote']}{REDACTED}{found['quote']}"
