"""Low-bit matrix products on a GPU: `python benchmarks/gpu.py linear`."""
