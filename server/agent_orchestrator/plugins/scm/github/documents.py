"""The GraphQL documents, each of a known price: points are connections times what holds them, by hundred.

"Rate limits and query limits for the GraphQL API". Comments are never asked for below threads of many pull requests:
that shape alone costs a point for each.
"""

from __future__ import annotations

#: Pull requests of one sweep: with three connections each they cost one point together (49 × 3 < 150).
TOGETHER = 49
#: Threads whose comments are asked for at once: one connection each, one point together.
THREADS_TOGETHER = 100

_CHECKS = """
fragment Checks on StatusCheckRollupContextConnection {
  pageInfo { hasNextPage endCursor }
  nodes {
    __typename
    ... on CheckRun {
      id databaseId name status conclusion startedAt completedAt detailsUrl
      checkSuite { app { slug } workflowRun { databaseId event workflow { name } } }
    }
    ... on StatusContext { id context state description targetUrl createdAt }
  }
}
"""

SWEEP = (
    """
query Sweep($ids: [ID!]!) {
  nodes(ids: $ids) {
    __typename
    ... on PullRequest {
      id number url title state isDraft merged updatedAt
      headRefName headRefOid baseRefName baseRefOid baseRef { target { oid } } isCrossRepository
      mergeable mergeStateStatus reviewDecision isInMergeQueue
      autoMergeRequest { enabledAt }
      mergeCommit { oid }
      labels(first: 50) { nodes { name } }
      statusCheckRollup { contexts(first: 100) { ...Checks } }
      reviewThreads(last: 100) { totalCount nodes { id isResolved isOutdated path line } }
    }
  }
}
"""
    + _CHECKS
)

MORE_CHECKS = (
    """
query MoreChecks($id: ID!, $after: String!) {
  node(id: $id) {
    ... on PullRequest {
      headRefOid
      statusCheckRollup { contexts(first: 100, after: $after) { ...Checks } }
    }
  }
}
"""
    + _CHECKS
)

NUMBERED = """
query Numbered($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) { id } }
}
"""

COMMIT = (
    """
query Commit($owner: String!, $name: String!, $oid: GitObjectID!, $after: String) {
  repository(owner: $owner, name: $name) {
    object(oid: $oid) {
      ... on Commit {
        statusCheckRollup { contexts(first: 100, after: $after) { ...Checks } }
      }
    }
  }
}
"""
    + _CHECKS
)

#: Annotations of one check: one point. There are at most ten of a kind for each step, so they are not all there is.
ANNOTATIONS = """
query Annotations($id: ID!) {
  node(id: $id) {
    ... on CheckRun {
      annotations(first: 100) {
        nodes { annotationLevel path title message location { start { line column } end { line column } } }
      }
    }
  }
}
"""


def discover(branches: int) -> str:
    """The pull requests of so many branches (``$b0`` …): the newest of each that were not closed unmerged."""
    names = "".join(f", $b{n}: String!" for n in range(branches))
    asked = "\n".join(
        f"    p{n}: pullRequests(headRefName: $b{n}, states: [OPEN, MERGED], first: 10, "
        "orderBy: {field: CREATED_AT, direction: DESC}) { nodes { id isCrossRepository } }"
        for n in range(branches)
    )
    return (
        f"query Discover($owner: String!, $name: String!{names}) {{\n"
        f"  repository(owner: $owner, name: $name) {{\n{asked}\n  }}\n}}\n"
    )
