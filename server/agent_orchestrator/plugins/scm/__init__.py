"""The ``scm`` slot: forges, where pull requests, their checks and their reviews are."""
