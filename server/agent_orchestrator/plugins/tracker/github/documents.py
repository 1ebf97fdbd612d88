"""The GraphQL documents: each costs one point."""

from __future__ import annotations

#: An issue with its newest comments. Three connections of one issue: one point.
ISSUE = """
query Issue($owner: String!, $name: String!, $number: Int!) {
  viewer { login }
  repository(owner: $owner, name: $name) {
    issue(number: $number) {
      id number url title body state stateReason updatedAt
      author { __typename login }
      labels(first: 50) { nodes { name } }
      assignees(first: 20) { nodes { login } }
      comments(last: 100) {
        nodes { id body url createdAt lastEditedAt viewerDidAuthor author { __typename login } }
      }
    }
  }
}
"""

#: What was said with our account, from the newest comment back.
SAID = """
query Said($owner: String!, $name: String!, $number: Int!, $before: String) {
  repository(owner: $owner, name: $name) {
    issue(number: $number) {
      comments(last: 100, before: $before) {
        pageInfo { hasPreviousPage startCursor }
        nodes { body viewerDidAuthor }
      }
    }
  }
}
"""

VIEWER = "query Viewer { viewer { login } }"
