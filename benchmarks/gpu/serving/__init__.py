"""A whole model decoding on a GPU: `python -m benchmarks.gpu serve`."""
