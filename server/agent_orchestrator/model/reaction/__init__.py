"""Reactions: what happens by itself when something happened to a session, a pull request or a project."""
