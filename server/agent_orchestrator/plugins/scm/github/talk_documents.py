"""The GraphQL documents of what is said. ``$most`` of each kind, the newest; 100 at most."""

from __future__ import annotations

_SAID = "id url body createdAt publishedAt lastEditedAt isMinimized viewerDidAuthor author { __typename login }"
_WHOLE = f"""
      reviews(last: $most) {{
        pageInfo {{ hasPreviousPage }}
        nodes {{ {_SAID} state submittedAt authorCanPushToRepository }}
      }}
      comments(last: $most) {{
        pageInfo {{ hasPreviousPage }}
        nodes {{ {_SAID} }}
      }}
"""
_THREAD = f"""
        id path line
        comments(last: 50) {{
          pageInfo {{ hasPreviousPage }}
          nodes {{ {_SAID} state pullRequestReview {{ authorCanPushToRepository }} }}
        }}
"""

#: All of one pull request: reviews, comments, threads, and the comments of a hundred threads are 103 connections.
ONE = f"""
query Talk($id: ID!, $most: Int!) {{
  node(id: $id) {{
    ... on PullRequest {{
      id {_WHOLE}
      reviewThreads(last: $most) {{ pageInfo {{ hasPreviousPage }} nodes {{ {_THREAD} }} }}
    }}
  }}
}}
"""

#: All of some: with so many ``$threads`` each, reviews, comments and threads are three connections, and a thread one.
SOME = f"""
query TalksOfSome($ids: [ID!]!, $most: Int!, $threads: Int!) {{
  nodes(ids: $ids) {{
    ... on PullRequest {{
      id {_WHOLE}
      reviewThreads(last: $threads) {{ pageInfo {{ hasPreviousPage }} nodes {{ {_THREAD} }} }}
    }}
  }}
}}
"""

#: Reviews and comments of many: two connections each.
MANY = f"""
query Talks($ids: [ID!]!, $most: Int!) {{
  nodes(ids: $ids) {{
    ... on PullRequest {{ id {_WHOLE} }}
  }}
}}
"""

#: Comments of threads by their ids: one connection each.
THREADS = f"""
query Threads($ids: [ID!]!) {{
  nodes(ids: $ids) {{
    ... on PullRequestReviewThread {{ {_THREAD} }}
  }}
}}
"""
