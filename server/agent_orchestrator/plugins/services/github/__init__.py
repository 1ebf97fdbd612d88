"""Asking GitHub, and who may change a repository there."""
