"""Documents become chunks, vectors and a published index."""
