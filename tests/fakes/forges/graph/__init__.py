"""A published GraphQL schema, executed over views of what a double holds."""
