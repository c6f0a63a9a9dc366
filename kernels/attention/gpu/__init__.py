"""Quantised attention in Triton."""
