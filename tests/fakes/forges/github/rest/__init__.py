"""GitHub's REST interface: a function an operation, each answer held against the published description."""
