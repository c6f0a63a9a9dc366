"""A model's file is input from anywhere: what is held against the architecture before a kernel sees it."""
