"""A whole model decoding on a GPU: `python benchmarks/gpu.py serve`."""
