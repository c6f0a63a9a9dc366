"""Numbers, names and links that a draft must keep."""
