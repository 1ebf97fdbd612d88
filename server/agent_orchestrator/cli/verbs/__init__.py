"""The commands, one module each: ``arguments(parser)`` declares what it takes, ``run(args, app)`` does it."""
