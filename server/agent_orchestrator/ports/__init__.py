"""The plugin interfaces, one file per slot."""
