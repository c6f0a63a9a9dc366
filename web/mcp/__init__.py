"""The channel for other people's assistants, by the Model Context Protocol: read-only, posts marked as data."""
