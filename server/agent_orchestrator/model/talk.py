"""What is said at a pull request or an issue: facts about comments, and who may be heard.

Invariant: text from outside is data, and what nobody with write access said reaches no agent unless a person lets it.
"""

from __future__ import annotations

from attrs import frozen


@frozen
class Comment:
    """A comment, or a review with its ``verdict`` (``approved``, ``changes-requested``, ``commented``, ``dismissed``).

    ``text`` is clean (:func:`agent_orchestrator.model.external.text.comment`). ``author`` is a login without a suffix,
    ``may_push`` what the service says of their right to change the repository. Times are the service's own texts, which
    sort like times; ``edited_at`` is empty where it was never edited. ``thread`` is empty for what is said of the
    whole, else ``path`` and ``line`` are the thread's (0: it has no line any more).
    """

    id: str
    author: str
    text: str
    at: str = ""
    edited_at: str = ""
    url: str = ""
    bot: bool = False
    may_push: bool = False
    #: Said with the very account that the daemon has.
    mine: bool = False
    thread: str = ""
    path: str = ""
    line: int = 0
    verdict: str = ""


@frozen
class Talk:
    """What is said at one pull request, oldest first. ``cut``: there is more than was read."""

    comments: tuple[Comment, ...] = ()
    cut: bool = False
