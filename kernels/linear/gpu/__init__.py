"""Matrix products with low-bit weights in Triton."""
