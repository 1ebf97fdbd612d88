"""Which calls of the forges' programs an agent may make: a row for each command line."""

from __future__ import annotations

import shlex

import pytest

from agent_orchestrator.model.shim.alias import aliases_of
from agent_orchestrator.model.shim.api import changes
from agent_orchestrator.model.shim.judge import judge
from agent_orchestrator.model.shim.verdict import BLOCKED, READ, WRITE, Place, repository

URL = "https://github.com/acme/shop/pull/7"
OWN = Place("github.com/acme/shop", "ao/x", 7, URL, home=True, here="ao/x")
#: In a folder that is not the session's worktree, and before the session's pull request is known.
ELSEWHERE = Place("github.com/acme/shop", "ao/x", 7, URL, home=False)
UNKNOWN = Place("github.com/acme/shop", "ao/x", home=True, here="ao/x")
LAB = Place("gitlab.com/acme/shop", "ao/x", 7, "https://gitlab.com/acme/shop/-/merge_requests/7", here="ao/x")

MAY = f"""
read   gh
read   gh --version
read   gh help pr
read   gh pr
read   gh pr merge --help
read   gh pr checks
read   gh pr checks 7 --watch
read   gh pr view 12 --json title
read   gh -R acme/shop pr list
read   gh pr ls
read   gh pr diff 12
read   gh pr checkout 12
read   gh issue list --label bug
read   gh issue develop --list 3
read   gh run view 5 --log-failed
read   gh run watch 5
read   gh repo view other/repo
read   gh repo set-default --view
read   gh search issues halve
read   gh release download v1
read   gh auth status
read   gh auth git-credential get
read   gh alias list
read   gh config get editor
read   gh api user
read   gh api /repos/acme/shop/pulls/7 -q .title
read   gh api --paginate repos/acme/shop/issues
read   gh api -X GET search/issues -f q=halve
read   gh api graphql -f query='query {{ viewer {{ login }} }}'
read   gh api graphql -F owner=acme -f query='{{ viewer {{ login }} }}'
write  gh pr create --title T --body B
write  gh pr new -t T -b B --head ao/x
write  gh pr comment --body hello
write  gh pr comment 7 -b "gh pr merge"
write  gh pr comment -R acme/shop 7 -b hello
write  gh pr comment -R github.com/Acme/Shop 7 -b hello
write  gh pr edit {URL} --title T
write  gh pr edit '#7' --add-label agent
write  gh pr close
write  gh pr close ao/x
write  gh pr reopen 7
write  gh pr ready --undo
write  gh pr review -c -b "see below"
write  gh issue create -t T -b B
write  gh issue comment 3 -b hello
write  gh run rerun 5 --failed
write  gh api repos/acme/shop/issues/7/comments -f body=hello
write  gh api -X POST repos/{{owner}}/{{repo}}/issues/7/comments --input c.json
write  gh api repos/acme/shop/pulls/7/comments/99/replies -f body=done
"""

MAY_NOT = """
gh pr merge
gh pr merge 7 --squash
gh pr merge 7 --body --help
gh -R acme/shop pr merge 7
gh pr --repo acme/shop merge 7
gh --squash=true pr merge 7
gh -t x pr merge 7
gh pr merge --auto --body x -R acme/shop 7
gh pr close 12
gh pr close --comment 7 12
gh pr close -d
gh pr close 7 --delete-branch
gh pr close 7 -R other/repo
gh pr close https://github.com/other/repo/pull/7
gh pr reopen 12
gh pr ready ao/y
gh pr lock 12
gh pr edit 12 --title T
gh pr edit 7 --base release
gh pr comment 12 -b hello
gh pr comment 7 --unheard-of x
gh pr review --approve
gh pr review 7 -a
gh pr review 7 -ab well
gh pr create --head ao/y --title T --body B
gh pr create -R other/repo -t T -b B
gh pr create -dRother/repo -t T -b B
gh pr revert 7
gh issue close 3
gh issue delete 3
gh issue transfer 3 other/repo
gh issue create -R other/repo -t T -b B
gh issue develop 3
gh repo delete acme/shop --yes
gh repo archive
gh repo edit --visibility public
gh repo rename x
gh repo sync --force
gh repo fork
gh repo create x --public
gh repo set-default other/repo
gh release create v1
gh release delete v1
gh secret set X
gh secret list
gh variable set X
gh ssh-key add key
gh gpg-key add key
gh auth login
gh auth token
gh auth refresh
gh auth setup-git
gh auth logout
gh auth status --show-token
gh auth status -t
gh auth status -at
gh config set editor vi
gh config get oauth_token -h github.com
gh workflow run ci.yml
gh workflow enable ci.yml
gh workflow disable ci.yml
gh run delete 5
gh run cancel 5
gh label delete bug
gh label create bug --force
gh gist create notes
gh cache delete --all
gh codespace ssh
gh alias set m "pr merge"
gh alias import -
gh extension install other/gh-x
gh extension exec x
gh x
gh api -X DELETE repos/acme/shop
gh api --method=PATCH repos/acme/shop -f archived=true
gh api -XPUT repos/acme/shop/pulls/7/merge
gh api repos/acme/shop/pulls/7/merge -f merge_method=squash
gh api repos/acme/shop/issues/12/comments -f body=hello
gh api repos/other/repo/issues/7/comments -f body=hello
gh api repos/acme/shop/issues/7/comments/../../12/comments -f body=x
gh api repos/acme/shop/pulls/7/reviews -f event=APPROVE
gh api repos/acme/shop/issues/7/comments -f body=hello --hostname ghe.example.org
gh api -X DELETE repos/acme/shop/issues/comments/99
gh api user --input x.json
gh api -i user -H "X-HTTP-Method-Override: DELETE"
gh api graphql -f query='mutation { deleteRef(input: {refId: "x"}) { clientMutationId } }'
gh api graphql -f query='query A { viewer { login } } mutation B { x }' -f operationName=B
gh api /graphql -f query='mutation{x}'
gh api https://api.github.com/graphql -f query='mutation{x}'
gh api graphql -F query=@-
gh api graphql --input q.json
gh api graphql -f 'query=# "
mutation { x }'
"""


@pytest.mark.parametrize("row", MAY.strip().splitlines())
def test_an_agent_may(row: str):
    kind, line = row.split(maxsplit=1)
    program, *args = shlex.split(line)
    verdict = judge(program, args, OWN)
    assert (verdict.kind, verdict.why) == (kind, "")


@pytest.mark.parametrize("line", MAY_NOT.replace('"\nmutation', '"\\nmutation').strip().splitlines())
def test_an_agent_may_not(line: str):
    program, *args = shlex.split(line.replace("\\n", "\n"))
    verdict = judge(program, args, OWN)
    assert verdict.kind == BLOCKED
    assert verdict.why


GITLAB_MAY = """
read   glab mr list
read   glab mr view 12 -F json
read   glab mr show
read   glab mr ls
read   glab mr issue 7
read   glab issue show 3
read   glab ci artifact main unit
read   glab ci get -F json
read   glab ci stats
read   glab label get 5
read   glab project find halve
read   glab -v
read   glab v
read   glab ci status
read   glab pipeline list
read   glab ci trace
read   glab job artifact main unit
read   glab repo archive
read   glab auth status
read   glab api projects/:id/merge_requests/12
write  glab mr create --fill --yes
write  glab mr note 7 -m hello
write  glab mr comment -m hello
write  glab issue comment 3 -m hello
write  glab mr open 7
write  glab mr create -s ao/x -H acme/shop -t T
write  glab mr update 7 --title T
write  glab mr close !7
write  glab issue note 3 -m hello
write  glab ci retry 5
write  glab api projects/:id/merge_requests/7/notes -f body=hello
write  glab api projects/acme%2Fshop/merge_requests/7/discussions -f body=hello
"""
GITLAB_MAY_NOT = """
glab mr merge 7
glab mr merge 7 --auto-merge
glab mr accept 7
glab merge-request merge 7
glab mr approve 7
glab mr revoke 7
glab mr unapprove 7
glab mr rebase 7
glab mr for 3
glab mr todo 7
glab mr subscribe 7
glab mr open 12
glab mr comment 12 -m hello
glab mr create -H other/repo -t T
glab mr create -H ao/x -s main -t T
glab mr update 7 --squash-before-merge
glab issue open 3
glab issue update 3 -t T
glab incident comment 3 -m x
glab ci create
glab ci trigger 5
glab ci run-trig -t x
glab ci cancel job 5
glab schedule run 5
glab sched create
glab stack sync
glab duo ask x
glab mcp serve
glab snippet create x
glab securefile list
glab var get X
glab variable export
glab ssh-key add x
glab conf set editor vi
glab conf get token
glab cluster agent get-token
glab repo members add x
glab repo transfer x
glab repo mirror x
glab mr delete 7
glab mr close 12
glab mr note 12 -m hello
glab mr update 7 --target-branch release
glab mr create -s ao/y
glab ci run
glab ci cancel pipeline 5
glab ci delete 5
glab repo delete acme/shop
glab repo create x
glab project delete acme/shop
glab release create v1
glab variable get X
glab token create x
glab auth login
glab auth status -t
glab config get token
glab alias set m "mr merge"
glab api -X DELETE projects/1
glab api projects/:id/merge_requests/7/merge -X PUT
glab api projects/:id/merge_requests/12/notes -f body=hello
glab api projects/acme%2Fshop%2F..%2Fother/merge_requests/7/notes -f body=x
glab api graphql -f query='mutation { x }'
"""


@pytest.mark.parametrize("row", GITLAB_MAY.strip().splitlines())
def test_at_gitlab_an_agent_may(row: str):
    kind, line = row.split(maxsplit=1)
    program, *args = shlex.split(line)
    verdict = judge(program, args, LAB)
    assert (verdict.kind, verdict.why) == (kind, "")


@pytest.mark.parametrize("line", GITLAB_MAY_NOT.strip().splitlines())
def test_at_gitlab_an_agent_may_not(line: str):
    program, *args = shlex.split(line)
    assert judge(program, args, LAB).kind == BLOCKED


@pytest.mark.parametrize(
    ("place", "line", "kind"),
    [
        (ELSEWHERE, "gh pr close", BLOCKED),
        (ELSEWHERE, "gh pr close 7", BLOCKED),
        (ELSEWHERE, "gh pr close 7 -R acme/shop", WRITE),
        (ELSEWHERE, "gh issue create -t T -b B", BLOCKED),
        (ELSEWHERE, "gh pr view", READ),
        (ELSEWHERE, "gh api repos/:owner/:repo/issues/7/comments -f body=x", BLOCKED),
        (UNKNOWN, "gh pr close", WRITE),
        (UNKNOWN, "gh pr close ao/x", WRITE),
        (UNKNOWN, "gh pr close 7", BLOCKED),
        (UNKNOWN, "gh api repos/acme/shop/issues/7/comments -f body=x", BLOCKED),
        (Place("github.com/acme/shop", "ao/x", 7, URL, here="main"), "gh pr close", BLOCKED),
        (Place("github.com/acme/shop", "ao/x", 7, URL, here="ao/x", env_repo="other/repo"), "gh pr close 7", BLOCKED),
        (Place("github.com/acme/shop", "ao/x", 7, URL, env_host="ghe.test"), "gh pr close 7 -R acme/shop", BLOCKED),
        (Place("ghe.test/acme/shop", "ao/x", 7, URL, env_host="ghe.test"), "gh pr close 7 -R acme/shop", WRITE),
    ],
)
def test_what_is_the_own_pull_request_depends_on_where_the_call_is_made(place: Place, line: str, kind: str):
    assert judge("gh", shlex.split(line)[1:], place).kind == kind


ALIASES = """\
git_protocol: https
aliases:
    co: pr checkout
    land: pr merge --squash
    "say": 'pr comment --body "$1"'
    sh: '!gh pr merge'
    long: |
        pr merge
        --squash
    twice: land 7
    round: round
    pr view: pr merge
    search: pr merge
editor: vi
"""


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("gh co 12", READ),
        ("gh land 7", BLOCKED),
        ("gh say hello", WRITE),
        ("gh say hello 12", BLOCKED),
        ("gh sh", BLOCKED),
        ("gh long", BLOCKED),
        ("gh twice", BLOCKED),
        ("gh round", BLOCKED),
        ("gh pr view 7", BLOCKED),
        ("gh search issues x", BLOCKED),
        ("gh pr merge 7", BLOCKED),
        ("gh pr checks", READ),
    ],
)
def test_a_persons_aliases_are_seen_through(line: str, kind: str):
    assert judge("gh", shlex.split(line)[1:], OWN, aliases_of(ALIASES)).kind == kind


def test_an_alias_of_a_commands_own_name_is_none():
    assert judge("glab", ["ci", "status"], LAB, aliases_of("ci: pipeline ci\n", below="")).kind == READ


def test_an_alias_can_not_make_a_blocked_command_pass():
    assert judge("gh", ["pr", "merge", "7"], OWN, {"pr merge": "pr view"}).kind == BLOCKED


def test_a_document_in_a_file_is_read():
    def read(path: str) -> str:
        return {"q": "query { viewer { login } }", "m": "mutation { x }"}[path]

    kinds = [judge("gh", ["api", "graphql", "-F", f"query=@{name}"], OWN, read=read).kind for name in "qm"]
    assert kinds == [READ, BLOCKED]


@pytest.mark.parametrize(
    ("document", "is_one"),
    [
        ("{ a }", False),
        ("mutation{a}", True),
        ('{ a(b: "mutation { c }") }', False),
        ('{ a(b: "\\" mutation") }', False),
        ('{ a(b: """ " mutation """) }', False),
        ('{ a(b: """ \\""" mutation """) }', False),
        ("# mutation\n{ a }", False),
        ("# a\rmutation { b }", True),
        ("query a { b }\nmutation c { d }", True),
        ("{ mutationId }", False),
        ("subscription { a }", True),
    ],
)
def test_a_document_is_a_mutation(document: str, is_one: bool):
    assert changes(document) is is_one


@pytest.mark.parametrize("value", ["token-x", "ghp_secretsecretsecret"])
def test_what_is_counted_never_holds_an_argument(value: str):
    heads = [judge("gh", args, OWN).head for args in ([value], ["pr", value], ["api", value], ["auth", "login", value])]
    assert not any(value in head for head in heads)


@pytest.mark.parametrize(
    ("named", "is_repository"),
    [
        ("acme/shop", "github.com/acme/shop"),
        ("GitHub.com/Acme/Shop", "github.com/acme/shop"),
        ("https://github.com/acme/shop.git", "github.com/acme/shop"),
        ("https://user:word@github.com/acme/shop", "github.com/acme/shop"),
        ("git@github.com:acme/shop.git", "github.com/acme/shop"),
        ("ghe.example.org/acme/shop", "ghe.example.org/acme/shop"),
        ("", ""),
    ],
)
def test_a_repository_has_many_names(named: str, is_repository: str):
    assert repository(named, "github.com") == is_repository
