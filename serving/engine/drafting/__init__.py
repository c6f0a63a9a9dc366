"""What is guessed of an answer before its step: copied, certain by a grammar, or drafted by a model."""
