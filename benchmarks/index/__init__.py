"""Reindexing and search: speed, quality, crashes."""
