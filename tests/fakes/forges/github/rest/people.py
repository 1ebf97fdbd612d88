"""Accounts and apps in REST, and what they may do."""

from __future__ import annotations

from typing import Any

from ...wire.clock import START, iso
from ..apps import client_id
from ..people import Account, App, permission
from ..see import See
from .ask import Ask, Problem, Reply, found, route
from .contract import description

_URLS = "followers gists orgs repos received_events subscriptions"
#: Of every installation.
_PERMISSIONS = {"contents": "write", "pull_requests": "write", "checks": "read", "issues": "write"}
_ROLES = {"triage": "read", "maintain": "write"}


def account(see: See, who: Account | None) -> dict[str, Any] | None:
    """``simple-user``. A bot's login has its suffix here."""
    if who is None:
        return None
    url = f"{see.api}/users/{who.rest_login}"
    return {
        "login": who.rest_login,
        "id": who.id,
        "node_id": who.node_id,
        "avatar_url": f"https://avatars.githubusercontent.com/u/{who.id}?v=4",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{see.web}/{'apps/' if who.kind == 'Bot' else ''}{who.login}",
        "followers_url": f"{url}/followers",
        "following_url": f"{url}/following{{/other_user}}",
        "gists_url": f"{url}/gists{{/gist_id}}",
        "starred_url": f"{url}/starred{{/owner}}{{/repo}}",
        "subscriptions_url": f"{url}/subscriptions",
        "organizations_url": f"{url}/orgs",
        "repos_url": f"{url}/repos",
        "events_url": f"{url}/events{{/privacy}}",
        "received_events_url": f"{url}/received_events",
        "type": who.kind,
        "site_admin": False,
        "user_view_type": "public",
    }


def app(see: See, it: App) -> dict[str, Any]:
    """``integration``."""
    made = iso(START)
    return {
        "id": it.id,
        "slug": it.slug,
        "node_id": it.node_id,
        "client_id": client_id(it.id),
        "owner": account(see, see.hub.account(it.slug + "[bot]")),
        "name": it.name,
        "description": "",
        "external_url": f"https://{it.slug}.example",
        "html_url": f"{see.web}/apps/{it.slug}",
        "created_at": made,
        "updated_at": made,
        "permissions": {"checks": "write", "contents": "read"},
        "events": ["check_run"],
    }


def _public(see: See, who: Account) -> dict[str, Any]:
    """``public-user``."""
    made = iso(START)
    empty = dict.fromkeys(("bio", "blog", "company", "email", "hireable", "location"))
    counts = dict.fromkeys(("followers", "following", "public_gists", "public_repos"), 0)
    times = {"created_at": made, "updated_at": made}
    return {**(account(see, who) or {}), **empty, **counts, **times, "name": who.name or None}


@route("GET /")
def root(ask: Ask) -> Reply:
    """The addresses of everything: whoever looks whether a token is good asks for them."""
    described = description()["paths"]["/"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    names = description()["components"]["schemas"][described["$ref"].rpartition("/")[2]]["required"]
    return Reply({name: f"{ask.see.api}/{name.removesuffix('_url')}" for name in names})


@route("GET /user")
def user(ask: Ask) -> Reply:
    if ask.see.token.app:
        raise Problem(403, "Resource not accessible by integration")
    return Reply(_public(ask.see, ask.see.account))


@route("GET /users/{username}")
def user_by_name(ask: Ask) -> Reply:
    return Reply(_public(ask.see, found(ask.see.hub.accounts.get(ask.path["username"].removesuffix("[bot]")))))


@route("GET /rate_limit")
def rate_limit(ask: Ask) -> Reply:
    def shown(resource: str) -> dict[str, int]:
        budget = ask.see.hub.ledger.budget(ask.see.token.bucket, resource)
        reset = int(budget.reset.timestamp())
        return {"limit": budget.limit, "used": budget.used, "remaining": budget.remaining, "reset": reset}

    resources = {name: shown(name) for name in ask.see.hub.ledger.limits}
    return Reply({"resources": resources, "rate": resources["core"]})


@route("POST /app/installations/{installation_id}/access_tokens")
def installation_token(ask: Ask) -> Reply:
    """For an app that has stated who it is. Every app is installed once, by its own number."""
    app_ = ask.see.token.app
    if app_ is None or ask.request.token in ask.see.hub.tokens:
        raise Problem(401, "A JSON web token could not be decoded")
    if ask.path["installation_id"] != str(app_.id):
        raise Problem(404, "Not Found")
    ask.body()
    made = ask.see.hub.installation_token(app_.slug)
    until = iso(ask.see.hub.tokens[made].until)
    return Reply({"token": made, "expires_at": until, "permissions": _PERMISSIONS, "repository_selection": "all"}, 201)


@route("GET /repos/{owner}/{repo}/installation")
def installation_of(ask: Ask) -> Reply:
    """For an app that has stated who it is. What it may do is what its tokens may."""
    app_ = ask.see.token.app
    if app_ is None or ask.request.token in ask.see.hub.tokens:
        raise Problem(401, "A JSON web token could not be decoded")
    owner, made = ask.repository.owner, iso(START)
    target = f"{ask.see.api}/app/installations/{app_.id}"
    return Reply(
        {
            "id": app_.id,
            "account": account(ask.see, owner),
            "repository_selection": "all",
            "access_tokens_url": f"{target}/access_tokens",
            "repositories_url": f"{ask.see.api}/installation/repositories",
            "html_url": f"{ask.see.web}/settings/installations/{app_.id}",
            "app_id": app_.id,
            "app_slug": app_.slug,
            "target_id": owner.id,
            "target_type": owner.kind,
            "permissions": _PERMISSIONS,
            "events": [],
            "created_at": made,
            "updated_at": made,
            "single_file_name": None,
            "suspended_by": None,
            "suspended_at": None,
        }
    )


@route("GET /repos/{owner}/{repo}/collaborators/{username}")
def is_collaborator(ask: Ask) -> Reply:
    found(ask.repository.permissions.get(ask.path["username"]))
    return Reply(None, 204)


@route("GET /repos/{owner}/{repo}/collaborators/{username}/permission")
def permission_of(ask: Ask) -> Reply:
    """``permission`` knows four words only: maintain is write, triage is read; ``role_name`` has the true one."""
    ask.allowed("write")
    who = found(ask.see.hub.accounts.get(ask.path["username"].removesuffix("[bot]")))
    role = permission(ask.repository, who)
    shown = {**(account(ask.see, who) or {}), "role_name": role, "permissions": _flags(role)}
    return Reply({"permission": _ROLES.get(role, role), "role_name": role, "user": shown})


def _flags(role: str) -> dict[str, bool]:
    order = {"pull": "read", "triage": "triage", "push": "write", "maintain": "maintain", "admin": "admin"}
    levels = ["none", *order.values()]
    return {name: levels.index(role) >= levels.index(needed) for name, needed in order.items()}
