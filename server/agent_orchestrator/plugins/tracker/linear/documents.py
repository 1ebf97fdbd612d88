"""The GraphQL documents. Linear weighs a connection by what it may give: each is below half of what it allows."""

from __future__ import annotations

_ISSUE = """
  id identifier url title description branchName createdAt updatedAt
  state { id name type } team { id key }
  creator { displayName active app guest } botActor { name } externalUserCreator { displayName }
  assignee { id displayName } labels(first: 30) { nodes { id name } }
"""

ISSUE = f"""
query Issue($id: String!) {{
  issue(id: $id) {{
    {_ISSUE}
    comments(first: 100, orderBy: createdAt) {{
      nodes {{
        id body url createdAt editedAt
        user {{ displayName active app guest isMe }} botActor {{ name }} externalUser {{ displayName }}
      }}
    }}
  }}
}}
"""

WAITING = f"""
query Waiting($filter: IssueFilter!, $after: String) {{
  issues(first: 100, after: $after, orderBy: createdAt, filter: $filter) {{
    nodes {{ {_ISSUE} }}
    pageInfo {{ hasNextPage endCursor }}
  }}
}}
"""

#: Where an issue is, and where it can go.
STATES = """
query States($id: String!) {
  issue(id: $id) { id state { id type name } team { states(first: 100) { nodes { id name type position } } } }
}
"""

#: Whose an issue is, and its labels.
HELD = """
query Held($id: String!) {
  issue(id: $id) { id assignee { id displayName } labels(first: 100) { nodes { id name } } }
}
"""

#: A label of a team, or of the whole workspace; labels that hold others can not be given.
LABEL = """
query Label($name: String!, $team: String!) {
  issueLabels(
    first: 50
    filter: { name: { eqIgnoreCase: $name }, or: [{ team: { key: { eq: $team } } }, { team: { null: true } }] }
  ) { nodes { id isGroup team { key } } }
}
"""

VIEWER = "query Viewer { viewer { id displayName } }"

NAMED = """
query Named($name: String!) {
  users(first: 2, filter: { displayName: { eqIgnoreCase: $name } }) { nodes { id displayName } }
}
"""

SAID = "query Said($id: String!) { comment(id: $id) { id } }"

SAY = """
mutation Say($id: String!, $issue: String!, $body: String!) {
  commentCreate(input: { id: $id, issueId: $issue, body: $body }) { success comment { id } }
}
"""

CHANGE = """
mutation Change($id: String!, $input: IssueUpdateInput!) {
  issueUpdate(id: $id, input: $input) { success }
}
"""
