"""What one family has and no other: its metadata and how its layers are assembled."""
