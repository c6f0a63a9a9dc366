"""What the bot knows of the places it is in: which post comments stand under, and what it does in a place only once."""
