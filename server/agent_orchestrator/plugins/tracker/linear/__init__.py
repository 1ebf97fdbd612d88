"""Issues of Linear, by its GraphQL interface: states by their types, never by other names."""
