"""What stands before an agent's ``gh`` and ``glab``: which call may pass, and what is answered from a snapshot.

All but ``snapshot`` is loaded at each call of the programs, so it imports nothing that takes time.
"""
