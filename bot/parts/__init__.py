"""What the bot is handed, as protocols and plain values: it knows nothing of SQL, FAISS or prompts."""
