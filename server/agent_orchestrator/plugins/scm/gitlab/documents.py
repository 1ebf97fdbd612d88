"""The GraphQL documents. Each is checked against the published schema by the tests.

https://docs.gitlab.com/api/graphql/reference/. Fields that a server may not have (it is older, or has no such feature)
stand alone in :data:`OPTIONAL`, and a document is asked again without them.
"""

from __future__ import annotations

from collections.abc import Collection

#: Merge requests of one document: of what is small for each, and of what has lists within.
TOGETHER, DETAILED = 100, 10

#: Fields that some servers do not have, with the text that asks for them.
OPTIONAL = {
    "approvalsRequired": "approvalsRequired",
    "approvalsLeft": "approvalsLeft",
    "autoMergeEnabled": "autoMergeEnabled",
    "autoMergeStrategy": "autoMergeStrategy",
    "resolvableDiscussionsCount": "resolvableDiscussionsCount",
    "resolvedDiscussionsCount": "resolvedDiscussionsCount",
    "reviewers": "reviewers(first: 50) { nodes { mergeRequestInteraction { reviewState } } }",
    "downstreamPipeline": "downstreamPipeline { id status }",
}
#: Inner fields of an optional one, by which it goes as well.
_WITHIN = {"mergeRequestInteraction": "reviewers", "reviewState": "reviewers"}

#: What changes of a merge request without its time of change, or that of its pipeline.
_PULSE = """
query Pulse($path: ID!, $iids: [String!]) {
  project(fullPath: $path) {
    mergeRequests(iids: $iids, first: 100) {
      nodes {
        iid diffHeadSha
        approvalsRequired approvalsLeft autoMergeEnabled autoMergeStrategy
        resolvableDiscussionsCount resolvedDiscussionsCount
        reviewers(first: 50) { nodes { mergeRequestInteraction { reviewState } } }
        headPipeline { id status updatedAt jobs { count } }
      }
    }
  }
}
"""

_JOBS = """
        id status
        jobs(first: 100, after: $jobs) {
          pageInfo { hasNextPage endCursor }
          nodes { id name status allowFailure startedAt stage { name } downstreamPipeline { id status } }
        }
"""

#: What is asked for at most counts against a document's complexity, whatever there is.
_DETAIL = f"""
query Detail($path: ID!, $iids: [String!], $jobs: String, $threads: String) {{
  project(fullPath: $path) {{
    mergeRequests(iids: $iids, first: {DETAILED}) {{
      nodes {{
        iid diffHeadSha
        headPipeline {{ {_JOBS} }}
        discussions(first: 100, after: $threads) {{
          pageInfo {{ hasNextPage endCursor }}
          nodes {{
            id resolvable resolved
            notes(first: 1) {{ nodes {{ position {{ oldPath newPath newLine diffRefs {{ headSha }} }} }} }}
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


def pulse(without: Collection[str] = ()) -> str:
    """The small facts of many merge requests."""
    return _less(_PULSE, without)


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
    return document
