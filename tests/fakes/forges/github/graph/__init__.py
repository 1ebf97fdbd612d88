"""GitHub's GraphQL interface: a class a published type, a function a mutation."""
