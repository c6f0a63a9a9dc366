"""Passages become an answer: the prompt, the model's draft, the check of it, or quotations."""
