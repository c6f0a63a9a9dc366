"""Where a post to convert comes from."""
