"""A question in the chat and its answer: found in a message, answered, edited, voted on, inline."""
