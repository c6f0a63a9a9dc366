"""The `konspekt` command."""
