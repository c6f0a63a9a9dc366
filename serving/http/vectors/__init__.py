"""What the models make of texts as numbers: embeddings, ranks by them, states of the served model."""
