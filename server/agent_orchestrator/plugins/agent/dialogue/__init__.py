"""The conversations with agents' programs while they run: one protocol each, without any input or output."""
