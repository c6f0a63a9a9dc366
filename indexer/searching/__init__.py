"""Search in the published index: dense, lexical, fused."""
