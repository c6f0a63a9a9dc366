"""Whole chats with the real bot process, to be read by eye: what readers said, what the bot said, and a verdict."""
