"""An hour at a forge in memory: what looking at 100 pull requests costs, and how old what is known of them is."""
