"""Quantised attention on a GPU: `python -m benchmarks.gpu attention`."""
