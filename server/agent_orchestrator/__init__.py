"""Agent Orchestrator: a fleet of coding agents that takes a repository from red to green."""

__version__ = "0.1.0"
