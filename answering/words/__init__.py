"""Sentences, citations and links: how answers and passages are read as text."""
