"""The GraphQL documents that change something, and those that say before whether it is done already: a point each."""

from __future__ import annotations

STATE = """
query State($id: ID!) {
  node(id: $id) {
    ... on PullRequest {
      state isDraft headRefOid headRefName isCrossRepository mergeable mergeStateStatus
      isInMergeQueue isMergeQueueEnabled autoMergeRequest { enabledAt }
      headRef { target { oid } }
      repository { id autoMergeAllowed }
    }
  }
}
"""

OF_BRANCH = """
query OfBranch($owner: String!, $name: String!, $branch: String!) {
  repository(owner: $owner, name: $name) {
    id
    pullRequests(headRefName: $branch, states: [OPEN], first: 20, orderBy: {field: CREATED_AT, direction: DESC}) {
      nodes { id number url isCrossRepository }
    }
  }
}
"""

SAID = """
query Said($id: ID!, $before: String) {
  node(id: $id) {
    ... on PullRequest {
      comments(last: 100, before: $before) {
        pageInfo { hasPreviousPage startCursor }
        nodes { body viewerDidAuthor }
      }
    }
  }
}
"""

SAID_IN_THREAD = """
query SaidInThread($id: ID!, $before: String) {
  node(id: $id) {
    ... on PullRequestReviewThread {
      isResolved
      pullRequest { id }
      comments(last: 100, before: $before) {
        pageInfo { hasPreviousPage startCursor }
        nodes { body viewerDidAuthor }
      }
    }
  }
}
"""

SUITE = """
query Suite($id: ID!) {
  node(id: $id) { ... on CheckRun { status checkSuite { status } } }
}
"""

OPEN = """
mutation Open($input: CreatePullRequestInput!) {
  createPullRequest(input: $input) { pullRequest { id number url } }
}
"""

READY = """
mutation Ready($id: ID!) {
  markPullRequestReadyForReview(input: {pullRequestId: $id}) { pullRequest { isDraft } }
}
"""

CLOSE = """
mutation Close($id: ID!) {
  closePullRequest(input: {pullRequestId: $id}) { pullRequest { state } }
}
"""

MERGE = """
mutation Merge($input: MergePullRequestInput!) {
  mergePullRequest(input: $input) { pullRequest { merged } }
}
"""

ENQUEUE = """
mutation Enqueue($id: ID!, $head: GitObjectID!) {
  enqueuePullRequest(input: {pullRequestId: $id, expectedHeadOid: $head}) { mergeQueueEntry { id } }
}
"""

AUTO_MERGE = """
mutation AutoMerge($input: EnablePullRequestAutoMergeInput!) {
  enablePullRequestAutoMerge(input: $input) { pullRequest { id } }
}
"""

DELETE = """
mutation Delete($repository: ID!, $ref: GitRefname!, $head: GitObjectID!, $none: GitObjectID!) {
  updateRefs(input: {repositoryId: $repository, refUpdates: [{name: $ref, beforeOid: $head, afterOid: $none}]}) {
    clientMutationId
  }
}
"""

COMMENT = """
mutation Comment($id: ID!, $body: String!) {
  addComment(input: {subjectId: $id, body: $body}) { commentEdge { node { id } } }
}
"""

REPLY = """
mutation Reply($id: ID!, $body: String!) {
  addPullRequestReviewThreadReply(input: {pullRequestReviewThreadId: $id, body: $body}) { comment { id } }
}
"""

RESOLVE = """
mutation Resolve($id: ID!) {
  resolveReviewThread(input: {threadId: $id}) { thread { isResolved } }
}
"""
