"""Plain-text dumps of a channel."""
