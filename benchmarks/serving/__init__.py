"""The model server beside llama.cpp."""
