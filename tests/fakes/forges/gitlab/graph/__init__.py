"""GitLab's GraphQL interface: https://docs.gitlab.com/api/graphql/."""
