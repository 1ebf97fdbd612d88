"""A scripted model: the HTTP interfaces of the model vendors, answered as a script inside the prompt says."""
