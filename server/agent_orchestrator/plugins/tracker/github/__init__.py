"""Issues of GitHub: GraphQL to read one with its comments, REST to list them for nothing and to change them."""
