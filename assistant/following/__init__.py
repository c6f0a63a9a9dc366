"""Following a topic: which new posts match it, and when the reader is told."""
