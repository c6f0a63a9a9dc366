"""Drafts translated and written with a language model, checked against the post."""
