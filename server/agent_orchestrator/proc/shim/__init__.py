"""What stands before ``gh``, ``glab`` and ``git push`` on an agent's PATH: programs of the session's own folder."""
