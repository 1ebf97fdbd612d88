"""Frozen values and pure decisions: no IO, no clock, no asyncio."""
