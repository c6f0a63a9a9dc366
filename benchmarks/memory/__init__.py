"""Readers' memory: whether it finds what was said and nothing of anybody else's, and how fast with a million turns."""
