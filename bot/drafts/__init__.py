"""The conversion of posts, in Telegram."""
