"""Rich messages of Bot API 10.1: an answer as one, and how Markdown becomes their HTML."""
