"""The channel in a browser: pages, and what programs ask. Knows no SQL, no FAISS, no prompts."""
