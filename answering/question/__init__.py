"""What is being asked: its intent, its language, what it follows up, and which passages rank first."""
