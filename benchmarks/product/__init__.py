"""The product as its users meet it: drafts, the bot under load, memory."""
