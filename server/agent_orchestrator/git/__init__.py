"""The only place that runs git: one runner, and functions over it that return values with problems."""
