"""How checks are run: one file per tool, what is detected in a repository, and the environment of a tree."""
