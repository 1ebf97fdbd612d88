"""``agent-orchestrator.yaml`` as a language: what an editor offers in it.

Pure: text, place and knowledge in, values out.

What stands where is read from the lines and their indentation, not from a parsed tree, so that a file that is being
typed, and is no YAML at the moment, is understood too.
"""
