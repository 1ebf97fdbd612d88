"""Reading, checking, editing and describing ``agent-orchestrator.yaml``."""
