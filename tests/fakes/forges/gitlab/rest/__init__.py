"""GitLab's REST interface, version 4: a function an operation, as https://docs.gitlab.com/api/rest/ describes them.

What GitLab publishes as OpenAPI has no required fields and wrong types; the shapes here are held to by GitLab's own Go
client inside of `glab`, which refuses a value of another type, and by python-gitlab.
"""
