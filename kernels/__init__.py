"""Quantised attention and low-bit matrix products."""
