"""``gitlab_sdl.py SCHEMA.json OUT.graphql``: GitLab's GraphQL schema, from an introspection that a package has.

It is that of GitLab 14.5. What came later and is needed is added here, from https://docs.gitlab.com/api/graphql/reference/.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from graphql import build_client_schema, extend_schema, parse, print_schema

#: The counts of discussions are of GitLab 15, the merge status is of 15.6, requested changes are of 16.9, and the
#: commit of a reference, which is null for one that is not there, is of 17.10.
LATER = """
extend type MergeRequest {
  detailedMergeStatus: DetailedMergeStatus
  resolvableDiscussionsCount: Int
  resolvedDiscussionsCount: Int
}
extend type Repository { commit(ref: String!): Commit }
extend enum MergeRequestReviewState { APPROVED REQUESTED_CHANGES REVIEW_STARTED UNAPPROVED }
enum DetailedMergeStatus {
  APPROVALS_SYNCING CHECKING CI_MUST_PASS CI_STILL_RUNNING COMMITS_STATUS CONFLICT DISCUSSIONS_NOT_RESOLVED
  DRAFT_STATUS JIRA_ASSOCIATION LOCKED_LFS_FILES LOCKED_PATHS MERGEABLE MERGE_TIME NEED_REBASE NOT_APPROVED NOT_OPEN
  PREPARING REQUESTED_CHANGES SECURITY_POLICIES_VIOLATIONS TITLE_NOT_MATCHING UNCHECKED
}
"""


def main(source: Path, out: Path) -> None:
    """Write the schema."""
    answered = json.loads(source.read_bytes())
    schema = build_client_schema(answered.get("data", answered))
    out.write_text(print_schema(extend_schema(schema, parse(LATER), assume_valid=True)))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
