"""Model files: reading, architecture, tokenizer, template, weights."""
