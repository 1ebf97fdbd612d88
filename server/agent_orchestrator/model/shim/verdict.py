"""What is decided about a call, and what is known of where it is made. Kept free of imports: it is loaded each time."""

from __future__ import annotations

READ, WRITE, BLOCKED = "read", "write", "blocked"


class Verdict:
    """``head`` are the words of the command that are known, never an argument; ``why`` is a sentence where blocked."""

    __slots__ = ("head", "kind", "why")

    def __init__(self, kind: str, head: str, why: str = "") -> None:
        self.kind, self.head, self.why = kind, head, why


class Place:
    """Whose call it is, and where it is made.

    ``repo`` is ``host/owner/name`` of the session's repository in small letters, empty where it is not known;
    ``branch`` the session's branch, ``number`` and ``url`` its pull request (0 and empty: not known). ``home``: the
    call is made in the session's worktree; ``here`` is the branch there. ``env_repo`` and ``env_host``: what the
    environment names.
    """

    __slots__ = ("branch", "env_host", "env_repo", "here", "home", "number", "repo", "url")

    def __init__(
        self,
        repo: str = "",
        branch: str = "",
        number: int = 0,
        url: str = "",
        *,
        home: bool = True,
        here: str = "",
        env_repo: str = "",
        env_host: str = "",
    ) -> None:
        self.repo, self.branch, self.number, self.url = repo.lower(), branch, number, url
        self.home, self.here, self.env_repo, self.env_host = home, here, env_repo, env_host

    def is_own_repo(self, named: str) -> bool:
        """Is the repository that a call is about (``named`` by a flag, or empty) the session's?"""
        named = named or self.env_repo
        if not named:
            return self.home
        host = self.env_host.lower() or self.repo.partition("/")[0]
        return bool(self.repo) and repository(named, host) == self.repo

    def is_own(self, selector: str) -> bool:
        """Is this the session's own pull request: its number, address or branch, or nothing on its branch?"""
        if not selector:
            return self.home and bool(self.branch) and self.here == self.branch
        if self.number and selector.removeprefix("#").removeprefix("!") == str(self.number):
            return True
        return selector == self.branch or bool(self.url and selector.rstrip("/") == self.url)


def repository(named: str, host: str) -> str:
    """``owner/name``, ``host/owner/name`` or an address → ``host/owner/name`` in small letters."""
    text = named.strip().lower().removesuffix("/").removesuffix(".git")
    if "://" in text:
        text = text.partition("://")[2].rpartition("@")[2]
    elif "@" in text and ":" in text:
        text = text.rpartition("@")[2].replace(":", "/", 1)
    first = text.partition("/")[0]
    known = bool(host) and first == host
    return text if known or "." in first or text.count("/") < 1 else f"{host}/{text}"
