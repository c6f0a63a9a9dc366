"""Where something is: its address, or the post that speaks of it."""
