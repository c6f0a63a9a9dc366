"""Updates come in, in order, each once."""
