"""What a message says of time, of earlier talks and of its reader: pure functions over text."""
