"""What the bot remembers of its readers: their talks, notes, what they read, and the author's corrections."""
