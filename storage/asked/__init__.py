"""Questions that were not answered well: which they are, and what an admin said about each."""
