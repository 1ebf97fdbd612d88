"""Built-in plugins: one folder per slot, one file per plugin; plugins never import each other."""
