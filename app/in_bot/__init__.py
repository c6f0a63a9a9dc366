"""What the bot is handed: talking, drafts, cases, places, built from the settings."""
