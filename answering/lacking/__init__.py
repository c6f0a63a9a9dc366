"""What an answer in quotes leaves open: told by the structure of the question and of what would be shown."""
