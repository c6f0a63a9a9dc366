"""What the assistant keeps: who follows what and what is due, what a reader was asked and when it comes again."""
