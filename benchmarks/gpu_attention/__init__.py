"""Quantised attention on a GPU: `python benchmarks/gpu.py attention`."""
