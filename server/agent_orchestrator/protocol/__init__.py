"""What travels between the daemon and its clients: types, method names, framing. No policy."""
