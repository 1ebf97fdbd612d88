"""What is known of the machine and the repositories, beyond what the file says. Whoever asks brings it."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import Factory, frozen


@frozen(kw_only=True)
class Repo:
    """A project's repository. ``branches`` are short names; empty ``head``: no branch is checked out."""

    branches: tuple[str, ...] = ()
    head: str = ""


@frozen(kw_only=True)
class Known:
    """``agents``: why an agent can not be used now, by its name; empty: it can. ``repos`` and ``checks`` (their ids, as
    they were configured or detected last) are by project. ``variables``: names in the client's environment.

    ``others_complete``: a server for YAML with the schema is there too; what the schema says is left to it.
    """

    agents: Mapping[str, str] = Factory(dict)
    repos: Mapping[str, Repo] = Factory(dict)
    checks: Mapping[str, tuple[str, ...]] = Factory(dict)
    variables: tuple[str, ...] = ()
    others_complete: bool = False
