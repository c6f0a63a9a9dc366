"""Models by name: where their files are, fetched and checked by hash."""
