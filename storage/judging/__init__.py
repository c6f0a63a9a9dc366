"""How good answers are: runs of the evaluation, and pairs of answers that somebody chose between."""
