"""Bridges: small programs between the holder and an agent that is talked to over a socket, as lines on both sides.

Standard library only, each started with `python -I -S`; `child` is what they share. This file is loaded by each of them
and imports nothing.
"""
