"""What a person sees, free of any editor: rows, states, reports. Pure functions over the state."""
