"""Workspaces: where a session's agent works."""
