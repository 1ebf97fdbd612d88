"""GitHub: its GraphQL interface for what changes, its REST interface for logs and what only that has."""
