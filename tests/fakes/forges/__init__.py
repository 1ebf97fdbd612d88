"""Forges and trackers in memory, for tests: GitHub, GitLab and Linear, as their published descriptions say."""
