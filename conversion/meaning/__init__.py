"""What a sentence says beside its words: who does it, whether it is so, which way. Compared across a translation."""
