"""Runtimes: where a session's agent runs. Each is a run of `proc` in its run directory; they differ in the terminal."""
