"""What an author changed in a draft once, so that the next one has it."""
