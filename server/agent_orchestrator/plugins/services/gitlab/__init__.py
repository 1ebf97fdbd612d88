"""Asking GitLab, who may change a project there, and what text it takes for commands."""
