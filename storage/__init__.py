"""The database and the vector files."""
