"""The daemon's commands, one function per method of :mod:`agent_orchestrator.protocol.methods`."""
