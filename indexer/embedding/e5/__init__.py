"""multilingual-e5-small out of its 4-bit file."""
