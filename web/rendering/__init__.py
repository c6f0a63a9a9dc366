"""Other people's words as HTML: whatever they hold, no tag, no script and no strange link comes of it."""
