"""Drafts by rule alone: counted, cut, split, written out."""
