"""Requests to the services of forges and trackers: one budget for each credential, and nothing asked twice."""
