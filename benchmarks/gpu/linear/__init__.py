"""Low-bit matrix products on a GPU: `python -m benchmarks.gpu linear`."""
