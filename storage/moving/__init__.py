"""Copying all that one database holds into another, of the same kind or of the other."""
