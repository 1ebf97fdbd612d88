"""Accounts, and what they may do: https://docs.gitlab.com/user/permissions/."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from .project import Project

GUEST, REPORTER, DEVELOPER, MAINTAINER, OWNER = 10, 20, 30, 40, 50


@frozen
class Account:
    """``bot``: of a project or group access token."""

    username: str
    id: int
    bot: bool = False


def level(project: Project, account: Account) -> int:
    """The access level in a project; 0 for outsiders."""
    return project.members.get(account.username, 0)
