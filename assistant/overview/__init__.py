"""Questions about the whole channel: a plan over the index instead of one search."""
