"""Forges and trackers in memory, for tests: GitHub and Linear, as their published descriptions say."""
