"""Posts become drafts for other networks."""
