"""The daemon: its lock, its socket, and the place where the parts are put together."""
