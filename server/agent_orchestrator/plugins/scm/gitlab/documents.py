"""The GraphQL documents. Each is checked against the published schema by the tests.

https://docs.gitlab.com/api/graphql/reference/. Fields that a server may not have (it is older, or has no such feature)
stand alone in :data:`OPTIONAL`, and a document is asked again without them.
"""

from __future__ import annotations

from collections.abc import Collection

#: Merge requests of one document: of what is small for each, of those whose jobs run, and of what has lists within.
TOGETHER, LIVE, DETAILED = 100, 20, 10

#: Fields that some servers do not have, with the text that asks for them.
OPTIONAL = {
    "approvalsRequired": "approvalsRequired",
    "approvalsLeft": "approvalsLeft",
    "autoMergeEnabled": "autoMergeEnabled",
    "autoMergeStrategy": "autoMergeStrategy",
    "commit": "repository { commit(ref: $ref) { sha } }",
    "detailedMergeStatus": "detailedMergeStatus",
    "resolvableDiscussionsCount": "resolvableDiscussionsCount",
    "resolvedDiscussionsCount": "resolvedDiscussionsCount",
    "ref": "sha ref",
    "reviewers": "reviewers(first: 50) { nodes { username mergeRequestInteraction { reviewState } } }",
    "downstreamPipeline": "downstreamPipeline { id status }",
}
#: Inner fields of an optional one, by which it goes as well.
_WITHIN = {"mergeRequestInteraction": "reviewers", "reviewState": "reviewers"}
#: Variables that only an optional field has a use for: one that nothing uses is an error.
_VARIABLES = {"commit": "$ref: String!"}

#: What is small of a merge request. ``updatedAt`` is in whole seconds, as all times of GraphQL are.
_FACTS = """
        iid title state draft webUrl sourceBranch targetBranch sourceProjectId targetProjectId diffHeadSha
        conflicts mergeStatusEnum detailedMergeStatus mergeCommitSha updatedAt userNotesCount
        labels(first: 100) { nodes { title } }
        approvalsRequired approvalsLeft autoMergeEnabled autoMergeStrategy
        resolvableDiscussionsCount resolvedDiscussionsCount
        reviewers(first: 50) { nodes { username mergeRequestInteraction { reviewState } } }
        headPipeline { id status updatedAt jobs { count } }
"""

_JOBS = """
        id status sha ref
        jobs(first: 100, after: $jobs) {
          pageInfo { hasNextPage endCursor }
          nodes { id name status allowFailure startedAt finishedAt stage { name } downstreamPipeline { id status } }
        }
"""

#: Beside the facts of all what some have that changes without a sign in these.
_LIVE = f"""
    live: mergeRequests(iids: $live, first: {LIVE}) {{
      nodes {{
        iid diffHeadSha
        headPipeline {{ {_JOBS.replace(", after: $jobs", "")} }}
        discussions(first: 100) {{
          pageInfo {{ hasNextPage endCursor }}
          nodes {{ id resolvable resolved }}
        }}
      }}
    }}
"""

#: What is asked for at most counts against a document's complexity, whatever there is.
_DETAIL = f"""
query Detail($path: ID!, $iids: [String!], $jobs: String, $threads: String) {{
  project(fullPath: $path) {{
    mergeRequests(iids: $iids, first: {DETAILED}) {{
      nodes {{
        iid diffHeadSha
        description author {{ username }} assignees(first: 50) {{ nodes {{ username }} }} milestone {{ title }}
        headPipeline {{ {_JOBS} }}
        discussions(first: 100, after: $threads) {{
          pageInfo {{ hasNextPage endCursor }}
          nodes {{
            id replyId resolvable resolved
            notes(first: 30) {{
              pageInfo {{ hasNextPage endCursor }}
              nodes {{
                id system body createdAt updatedAt url author {{ id username }}
                position {{ oldPath newPath newLine diffRefs {{ headSha }} }}
              }}
            }}
          }}
        }}
      }}
    }}
  }}
}}
"""

_COMMIT = f"""
query Commit($path: ID!, $sha: String!, $jobs: String) {{
  project(fullPath: $path) {{ pipelines(sha: $sha, first: 1) {{ nodes {{ {_JOBS} }} }} }}
}}
"""

_FIND = """
query Find($path: ID!, $branches: [String!], $after: String) {
  project(fullPath: $path) {
    mergeRequests(sourceBranches: $branches, first: 100, after: $after, sort: CREATED_DESC) {
      pageInfo { hasNextPage endCursor }
      nodes { iid state sourceBranch sourceProjectId targetProjectId }
    }
  }
}
"""


def pulse(without: Collection[str] = (), *, base: bool = True, live: bool = True) -> str:
    """The small facts of many merge requests.

    ``base``: with the tip of the branch ``ref`` (``refs/heads/…``). ``live``: with the jobs, and what is resolved, of
    those that ``live`` names.
    """
    variables = f"$path: ID!, $iids: [String!]{', $ref: String!' * base}{', $live: [String!]' * live}"
    more = f"{_LIVE * live}{' repository { commit(ref: $ref) { sha } }' * base}"
    facts = f"mergeRequests(iids: $iids, first: {TOGETHER}) {{ nodes {{ {_FACTS} }} }}"
    return _less(f"query Pulse({variables}) {{ project(fullPath: $path) {{ {facts} {more} }} }}", without)


def detail(without: Collection[str] = ()) -> str:
    """The jobs and discussions of some merge requests; ``jobs`` and ``threads`` are where further pages begin."""
    return _less(_DETAIL, without)


def commit(without: Collection[str] = ()) -> str:
    """The jobs of a commit's newest pipeline."""
    return _less(_COMMIT, without)


def find(without: Collection[str] = ()) -> str:
    """The merge requests of branches."""
    return _less(_FIND, without)


def _less(document: str, without: Collection[str]) -> str:
    for name in without:
        name = _WITHIN.get(name, name)
        document = document.replace(f" {OPTIONAL[name]}", "") if name in OPTIONAL else document
        document = document.replace(f", {_VARIABLES[name]}", "") if name in _VARIABLES else document
    return document
