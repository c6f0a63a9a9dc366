"""A model's file is input from anywhere: what is checked against the architecture before a kernel sees it."""
