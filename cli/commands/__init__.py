"""One sub-command per file, each with `register(app)`."""
