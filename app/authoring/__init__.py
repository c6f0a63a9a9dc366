"""What an author taught, and what translates for him."""
