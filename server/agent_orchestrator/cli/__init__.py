"""The command line: a view of the daemon, without a policy of its own."""
