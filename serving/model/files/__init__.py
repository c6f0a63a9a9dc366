"""Model files on disk: GGUF in one file or several, folders plain and packed."""
