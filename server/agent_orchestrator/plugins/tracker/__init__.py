"""The ``tracker`` slot: where issues come from."""
