"""What a reader does besides asking: commands, following, learning, memory, overviews."""
