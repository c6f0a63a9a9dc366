"""What is remembered of readers: turns, notes, what was read, the author's corrections, switches; and its erasure."""
