"""What belongs to a topic: the documents there are, and the words that a topic's words stand for."""
