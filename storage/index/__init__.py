"""What is indexed, as statements: documents and their chunks, corrections, words, what a reindex has set aside."""
