"""Effects carried out on the real world: git, checks, agents. One file per kind of effect.

Every handler may be killed at any point and called again: it looks at what is there first, adopts it, and records the
outcome. Decisions are taken in :mod:`agent_orchestrator.engine.settle`, never here.
"""
