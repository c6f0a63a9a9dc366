"""Kernels and formats: accuracy, speed, the tables in the docs."""
