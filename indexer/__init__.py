"""Sources to documents, chunks, embeddings and a published index; search over it."""
