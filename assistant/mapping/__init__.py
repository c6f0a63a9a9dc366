"""What a channel is about at one look: its documents as points by meaning and time."""
