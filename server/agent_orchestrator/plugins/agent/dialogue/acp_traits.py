"""What is peculiar to an agent of the Agent Client Protocol."""

from __future__ import annotations

from attrs import frozen


@frozen
class Traits:
    """What is peculiar to an agent.

    ``silence``: what a turn that ends without a word means, where that is a failure. ``counts``: the answer to a prompt
    counts the tokens of all calls of the model. ``trails``: it goes on with telling the history after it has said that
    the session is loaded. ``loads``: what a session's id is written after, to load it. ``login``: the way to log in
    that it has to be told before a session, where it offers that one. ``titled``: the title of a command is the
    command, whole. ``spelled``: the arguments of a call are a text of it, in JSON, as long as it has not ended.

    Only what is a command for sure may be compared with rules: a title or a text may be the model's.
    """

    silence: str = ""
    counts: bool = True
    trails: bool = False
    loads: str = ""
    login: str = ""
    titled: bool = False
    spelled: bool = False
