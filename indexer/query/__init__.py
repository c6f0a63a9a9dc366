"""What a question means: the words behind another alphabet, another keyboard or a slip of the finger."""
