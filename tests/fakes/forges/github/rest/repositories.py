"""Repositories, branches and commits in REST."""

from __future__ import annotations

from typing import Any

from ...refs import CommitText
from ...wire.clock import iso
from ..issue import Label
from ..people import permission
from ..pull import Pull
from ..repository import Repository
from ..see import See
from .ask import Ask, Problem, Reply, found, route
from .people import account

#: Addresses of a repository, as templates (RFC 6570) below its own.
_BELOW = {
    "archive": "/{archive_format}{/ref}",
    "assignees": "/assignees{/user}",
    "blobs": "/git/blobs{/sha}",
    "branches": "/branches{/branch}",
    "collaborators": "/collaborators{/collaborator}",
    "comments": "/comments{/number}",
    "commits": "/commits{/sha}",
    "compare": "/compare/{base}...{head}",
    "contents": "/contents/{+path}",
    "contributors": "/contributors",
    "deployments": "/deployments",
    "downloads": "/downloads",
    "events": "/events",
    "forks": "/forks",
    "git_commits": "/git/commits{/sha}",
    "git_refs": "/git/refs{/sha}",
    "git_tags": "/git/tags{/sha}",
    "hooks": "/hooks",
    "issue_comment": "/issues/comments{/number}",
    "issue_events": "/issues/events{/number}",
    "issues": "/issues{/number}",
    "keys": "/keys{/key_id}",
    "labels": "/labels{/name}",
    "languages": "/languages",
    "merges": "/merges",
    "milestones": "/milestones{/number}",
    "notifications": "/notifications{?since,all,participating}",
    "pulls": "/pulls{/number}",
    "releases": "/releases{/id}",
    "stargazers": "/stargazers",
    "statuses": "/statuses/{sha}",
    "subscribers": "/subscribers",
    "subscription": "/subscription",
    "tags": "/tags",
    "teams": "/teams",
    "trees": "/git/trees{/sha}",
}


def minimal(see: See, it: Repository) -> dict[str, Any]:
    """``minimal-repository``."""
    url = f"{see.api}/repos/{it.full_name}"
    return {
        "id": it.id,
        "node_id": it.node_id,
        "name": it.name,
        "full_name": it.full_name,
        "owner": account(see, it.owner),
        "private": it.private,
        "html_url": f"{see.web}/{it.full_name}",
        "description": it.description or None,
        "fork": False,
        "url": url,
        **{f"{name}_url": url + template for name, template in _BELOW.items()},
    }


def repository(see: See, it: Repository) -> dict[str, Any]:
    """``repository``, as pull requests and webhooks have it."""
    host = see.web.partition("://")[2]
    open_now = sum(item.state == "OPEN" for item in it.items.values())
    counts = {"forks": 0, "forks_count": 0, "stargazers_count": 0, "watchers": 0, "watchers_count": 0, "size": 1}
    return {
        **minimal(see, it),
        **counts,
        "clone_url": f"{see.web}/{it.full_name}.git",
        "git_url": f"git://{host}/{it.full_name}.git",
        "ssh_url": f"git@{host}:{it.full_name}.git",
        "svn_url": f"{see.web}/{it.full_name}",
        "mirror_url": None,
        "default_branch": it.default_branch,
        "open_issues": open_now,
        "open_issues_count": open_now,
        "visibility": "private" if it.private else "public",
        **dict.fromkeys(("homepage", "language", "license")),
        **dict.fromkeys(("archived", "disabled", "has_wiki", "has_pages", "has_projects", "has_discussions"), False),
        "has_issues": True,
        "has_downloads": True,
        "allow_forking": True,
        "is_template": False,
        "web_commit_signoff_required": False,
        "topics": [],
        "pushed_at": iso(it.pushed_at),
        "created_at": iso(it.created_at),
        "updated_at": iso(it.pushed_at or it.created_at),
    }


def full(see: See, it: Repository) -> dict[str, Any]:
    """``full-repository``."""
    role = permission(it, see.account)
    levels = ("read", "triage", "write", "maintain", "admin")
    names = ("pull", "triage", "push", "maintain", "admin")
    may = {name: role in levels[index:] for index, name in enumerate(names)}
    return {
        **repository(see, it),
        "permissions": may,
        "allow_merge_commit": "MERGE" in it.merge_methods,
        "allow_squash_merge": "SQUASH" in it.merge_methods,
        "allow_rebase_merge": "REBASE" in it.merge_methods,
        "allow_auto_merge": it.auto_merge_allowed,
        "delete_branch_on_merge": it.delete_on_merge,
        "network_count": 0,
        "subscribers_count": 0,
    }


def label(see: See, it: Label) -> dict[str, Any]:
    """``label``."""
    return {
        "id": it.id,
        "node_id": it.node_id,
        "url": f"{see.api}/repos/{it.repository.full_name}/labels/{it.name}",
        "name": it.name,
        "description": it.description,
        "color": it.color,
        "default": False,
    }


def commit(see: See, it: Repository, text: CommitText) -> dict[str, Any]:
    """``commit``."""
    url = f"{see.api}/repos/{it.full_name}"
    web = f"{see.web}/{it.full_name}"
    who = {"name": text.author, "email": text.email, "date": text.at}
    return {
        "url": f"{url}/commits/{text.oid}",
        "sha": text.oid,
        "node_id": f"C_{text.oid}",
        "html_url": f"{web}/commit/{text.oid}",
        "comments_url": f"{url}/commits/{text.oid}/comments",
        "commit": {
            "url": f"{url}/git/commits/{text.oid}",
            "author": who,
            "committer": who,
            "message": text.message,
            "comment_count": 0,
            "tree": {"sha": text.tree, "url": f"{url}/git/trees/{text.tree}"},
        },
        "author": None,
        "committer": None,
        "parents": [
            {"sha": oid, "url": f"{url}/commits/{oid}", "html_url": f"{web}/commit/{oid}"} for oid in text.parents
        ],
    }


def resolved(ask: Ask, ref: str) -> str:
    """The oid of a branch, a full oid or ``heads/…``; 422 as on the service where there is none."""
    heads = dict(ask.repository.heads())
    name = ref.removeprefix("refs/").removeprefix("heads/")
    if name in heads:
        return heads[name]
    if ask.repository.refs.commit(ref) is None:
        raise Problem(422, f"No commit found for SHA: {ref}")
    return ref


@route("GET /repos/{owner}/{repo}")
def get(ask: Ask) -> Reply:
    return Reply(full(ask.see, ask.repository))


@route("GET /repos/{owner}/{repo}/git/ref/{ref}")
def get_ref(ask: Ask) -> Reply:
    return Reply(_ref(ask, found(dict(ask.repository.heads()).get(ask.path["ref"].removeprefix("heads/")))))


def _ref(ask: Ask, oid: str) -> dict[str, Any]:
    url = f"{ask.see.api}/repos/{ask.repository.full_name}/git"
    return {
        "ref": f"refs/{ask.path['ref']}",
        "node_id": f"REF_{ask.path['ref']}",
        "url": f"{url}/refs/{ask.path['ref']}",
        "object": {"type": "commit", "sha": oid, "url": f"{url}/commits/{oid}"},
    }


@route("DELETE /repos/{owner}/{repo}/git/refs/{ref}")
def delete_ref(ask: Ask) -> Reply:
    ask.allowed()
    name = ask.path["ref"].removeprefix("heads/")
    if name not in dict(ask.repository.heads()):
        raise Problem(422, "Reference does not exist")
    ask.repository.refs.write(name, None)
    ask.repository.sync()
    return Reply(None, 204)


@route("GET /repos/{owner}/{repo}/commits/{ref}")
def get_commit(ask: Ask) -> Reply:
    return Reply(commit(ask.see, ask.repository, found(ask.repository.refs.commit(resolved(ask, ask.path["ref"])))))


@route("GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls")
def pulls_of_commit(ask: Ask) -> Reply:
    from .pulls import simple

    sha = ask.path["commit_sha"]
    found_pulls: list[Pull] = [pull for pull in ask.repository.pulls if sha in (pull.head_oid, pull.merge_oid)]
    return ask.listed(found_pulls, simple)


@route("GET /repos/{owner}/{repo}/labels")
def labels(ask: Ask) -> Reply:
    return ask.listed(list(ask.repository.labels.values()), label)
