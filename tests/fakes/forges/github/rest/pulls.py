"""Pull requests in REST."""

from __future__ import annotations

from typing import Any

from ...graph.view import Refused
from ...refs import CommitText
from ...wire.clock import iso
from .. import merging
from ..people import association
from ..pull import Pull
from ..see import See
from .ask import Ask, Problem, Reply, found, route
from .people import account
from .repositories import commit, label, repository


def simple(see: See, it: Pull) -> dict[str, Any]:
    """``pull-request-simple``."""
    url = f"{see.api}/repos/{it.repository.full_name}"
    own, web = f"{url}/pulls/{it.number}", f"{see.web}/{it.repository.full_name}/pull/{it.number}"
    links = {
        "self": own,
        "html": web,
        "issue": f"{url}/issues/{it.number}",
        "comments": f"{url}/issues/{it.number}/comments",
        "review_comments": f"{own}/comments",
        "review_comment": f"{url}/pulls/comments{{/number}}",
        "commits": f"{own}/commits",
        "statuses": f"{url}/statuses/{it.head_oid}",
    }
    return {
        "url": own,
        "id": it.id,
        "node_id": it.node_id,
        "html_url": web,
        "diff_url": f"{web}.diff",
        "patch_url": f"{web}.patch",
        **{f"{name}_url": href for name, href in links.items() if name not in ("self", "html")},
        "number": it.number,
        "state": "open" if it.state == "OPEN" else "closed",
        "locked": False,
        "active_lock_reason": None,
        "title": it.title,
        "user": account(see, it.author),
        "body": it.body or None,
        "created_at": iso(it.created_at),
        "updated_at": iso(it.updated_at),
        "closed_at": iso(it.closed_at),
        "merged_at": iso(it.merged_at),
        "merge_commit_sha": it.merge_oid,
        "assignee": account(see, next(iter(it.assignees), None)),
        "assignees": [account(see, who) for who in it.assignees],
        "requested_reviewers": [account(see, who) for who in it.requested],
        "requested_teams": [],
        "labels": [label(see, one) for one in it.labels],
        "milestone": None,
        "draft": it.draft,
        "head": _end(see, it, it.head, it.head_oid),
        "base": _end(see, it, it.base, it.base_then),
        "_links": {name: {"href": href} for name, href in links.items()},
        "author_association": association(it.repository, it.author),
        "auto_merge": _auto(see, it),
    }


def _end(see: See, it: Pull, ref: str, sha: str) -> dict[str, Any]:
    owner = it.fork if it.fork and ref == it.head else it.repository.owner
    whole = repository(see, it.repository)
    if owner is it.fork:
        name = f"{owner.login}/{it.repository.name}"
        whole |= {"id": owner.id, "full_name": name, "owner": account(see, owner), "fork": True}
    return {"label": f"{owner.login}:{ref}", "ref": ref, "sha": sha, "user": account(see, owner), "repo": whole}


def _auto(see: See, it: Pull) -> dict[str, Any] | None:
    if it.auto_merge is None:
        return None
    method = it.auto_merge.method.lower()
    return {
        "enabled_by": account(see, it.auto_merge.by),
        "merge_method": method,
        "commit_title": it.title,
        "commit_message": "",
    }


def pull_request(see: See, it: Pull) -> dict[str, Any]:
    """``pull-request``."""
    mergeable, state = see.merge(it)
    changed = it.repository.refs.changed(it.base_oid, it.head_oid)
    return {
        **simple(see, it),
        "merged": it.merged,
        "mergeable": {"MERGEABLE": True, "CONFLICTING": False}.get(mergeable),
        "rebaseable": mergeable == "MERGEABLE",
        "mergeable_state": state.lower(),
        "merged_by": account(see, it.merged_by),
        "comments": len(it.comments),
        "review_comments": sum(len(thread.comments) for thread in it.threads),
        "maintainer_can_modify": False,
        "commits": len(_commits(it)),
        "additions": sum(file.additions for file in changed),
        "deletions": sum(file.deletions for file in changed),
        "changed_files": len(changed),
    }


def _commits(it: Pull) -> list[str]:
    return it.repository.refs.commits(it.base_oid, it.head_oid) or [it.head_oid]


def pull_of(ask: Ask) -> Pull:
    """That of the path."""
    item = ask.repository.items.get(int(ask.path["pull_number"]))
    return found(item if isinstance(item, Pull) else None)


@route("GET /repos/{owner}/{repo}/pulls")
def listed(ask: Ask) -> Reply:
    state, head, base = ask.param("state", "open"), ask.param("head"), ask.param("base")
    every = [p for p in ask.repository.pulls if state == "all" or (p.state == "OPEN") == (state == "open")]
    every = [
        p for p in every if base in ("", p.base) and head in ("", f"{(p.fork or p.repository.owner).login}:{p.head}")
    ]
    sort = ask.param("sort", "created")
    newest = ask.param("direction", "desc" if sort == "created" else "asc") == "desc"
    keys = {"created": lambda p: p.number, "updated": lambda p: (p.updated_at, p.number)}
    if sort not in keys:
        raise Problem(422, f"Unmodelled sort: {sort}")
    return ask.listed(sorted(every, key=keys[sort], reverse=newest), simple)


@route("POST /repos/{owner}/{repo}/pulls")
def create(ask: Ask) -> Reply:
    given, repo = ask.body(), ask.repository
    head, base = given["head"].rpartition(":")[2], given["base"]
    heads = dict(repo.heads())
    for name, branch in (("head", head), ("base", base)):
        if branch not in heads:
            raise Problem(
                422, "Validation Failed", errors=[{"resource": "PullRequest", "field": name, "code": "invalid"}]
            )
    if any(p.head == head and p.base == base and p.state == "OPEN" for p in repo.pulls):
        text = f"A pull request already exists for {repo.owner.login}:{head}."
        raise Problem(422, "Validation Failed", errors=[{"resource": "PullRequest", "code": "custom", "message": text}])
    if repo.refs.contains(heads[base], heads[head]):
        text = f"No commits between {base} and {head}"
        raise Problem(422, "Validation Failed", errors=[{"resource": "PullRequest", "code": "custom", "message": text}])
    made = repo.pull(
        head=head,
        base=base,
        title=given.get("title", ""),
        body=given.get("body") or "",
        draft=bool(given.get("draft")),
        author=ask.see.account,
    )
    return Reply(pull_request(ask.see, made), 201, {"location": f"{ask.base}/{made.number}"})


@route("GET /repos/{owner}/{repo}/pulls/{pull_number}")
def get(ask: Ask) -> Reply:
    return Reply(pull_request(ask.see, pull_of(ask)))


@route("PATCH /repos/{owner}/{repo}/pulls/{pull_number}")
def update(ask: Ask) -> Reply:
    it, given = pull_of(ask), ask.body()
    it.title, it.body, it.base = given.get("title", it.title), given.get("body", it.body), given.get("base", it.base)
    it.touch()
    if given.get("state") == "closed" and it.state == "OPEN":
        it.close(ask.see.account)
    elif given.get("state") == "open" and it.state == "CLOSED":
        it.reopen(ask.see.account)
    return Reply(pull_request(ask.see, it))


@route("PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge")
def merge(ask: Ask) -> Reply:
    """405 where it may not be merged, 409 where the head is another: https://docs.github.com/rest/pulls/pulls."""
    it, given = pull_of(ask), ask.body()
    if given.get("sha", it.head_oid) != it.head_oid:
        raise Problem(409, "Head branch was modified. Review and try the merge again.")
    message = "\n\n".join(text for text in (given.get("commit_title"), given.get("commit_message")) if text)
    try:
        oid = merging.merge(it, ask.see.account, given.get("merge_method", "merge").upper(), given.get("sha"), message)
    except Refused as refused:
        raise Problem(403 if refused.type == "FORBIDDEN" else 405, str(refused)) from None
    return Reply({"sha": oid, "merged": True, "message": "Pull Request successfully merged"})


@route("PUT /repos/{owner}/{repo}/pulls/{pull_number}/update-branch")
def update_branch(ask: Ask) -> Reply:
    it = pull_of(ask)
    if ask.body().get("expected_head_sha", it.head_oid) != it.head_oid:
        raise Problem(422, "expected head sha didn't match current head ref.")
    merging.update_branch(it, "MERGE")
    return Reply(
        {"message": "Updating pull request branch.", "url": f"{ask.see.web}/{it.repository.full_name}/{it.path}"}, 202
    )


@route("GET /repos/{owner}/{repo}/pulls/{pull_number}/files")
def files(ask: Ask) -> Reply:
    it = pull_of(ask)
    web, api = f"{ask.see.web}/{it.repository.full_name}", f"{ask.see.api}/repos/{it.repository.full_name}"

    def entry(see: See, file: Any) -> dict[str, Any]:
        return {
            "sha": it.head_oid,
            "filename": file.path,
            "status": file.status,
            "additions": file.additions,
            "deletions": file.deletions,
            "changes": file.additions + file.deletions,
            "blob_url": f"{web}/blob/{it.head_oid}/{file.path}",
            "raw_url": f"{web}/raw/{it.head_oid}/{file.path}",
            "contents_url": f"{api}/contents/{file.path}?ref={it.head_oid}",
        }

    return ask.listed(it.repository.refs.changed(it.base_oid, it.head_oid), entry)


@route("GET /repos/{owner}/{repo}/pulls/{pull_number}/commits")
def commits(ask: Ask) -> Reply:
    it = pull_of(ask)
    texts = [it.repository.refs.commit(oid) for oid in _commits(it)]

    def shape(see: See, text: CommitText) -> dict[str, Any]:
        return commit(see, it.repository, text)

    return ask.listed([text for text in texts if text], shape)
