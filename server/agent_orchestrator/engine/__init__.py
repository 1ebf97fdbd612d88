"""The engine: events change the state, the state says what is due, one loop runs what is due on ports."""
