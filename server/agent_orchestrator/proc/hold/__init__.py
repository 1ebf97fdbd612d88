"""The parts of the holder: standard library only, because it starts with `python -I -S` on every run."""
