"""The local model: which one, where it runs, what it is good for."""
