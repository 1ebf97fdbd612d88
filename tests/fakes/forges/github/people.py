"""Accounts and apps, and what they may do to a repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

if TYPE_CHECKING:
    from .repository import Repository

#: From the weakest; https://docs.github.com/rest/collaborators
PERMISSIONS = ("none", "read", "triage", "write", "maintain", "admin")


@define(eq=False)
class Account:
    """``kind``: User, Bot, Organization or Mannequin. A bot's ``login`` is its app's slug, without a suffix."""

    login: str
    kind: str = "User"
    id: int = 0
    node_id: str = ""
    name: str = ""

    @property
    def database_id(self) -> int:
        """As GraphQL has it."""
        return self.id

    @property
    def rest_login(self) -> str:
        """As REST has it: GraphQL's ``github-actions`` is ``github-actions[bot]`` there."""
        return f"{self.login}[bot]" if self.kind == "Bot" else self.login


@define(eq=False)
class App:
    """A GitHub App; its bot acts for it."""

    slug: str
    name: str
    id: int = 0
    node_id: str = ""


def may(repository: Repository, account: Account, at_least: str) -> bool:
    """Whether somebody has at least a permission."""
    return PERMISSIONS.index(permission(repository, account)) >= PERMISSIONS.index(at_least)


def permission(repository: Repository, account: Account) -> str:
    """What somebody may do: those who are no collaborators read what is public."""
    if account is repository.owner:
        return "admin"
    return repository.permissions.get(account.login, "none" if repository.private else "read")


def association(repository: Repository, account: Account) -> str:
    """``authorAssociation``: what it is known by to outsiders, which is not what they may do.

    Members whose membership is private show as CONTRIBUTOR, whatever their permission; set ``associations`` for it.
    """
    if account.login in repository.associations:
        return repository.associations[account.login]
    if account is repository.owner:
        return "OWNER"
    return "COLLABORATOR" if account.login in repository.permissions else "NONE"
