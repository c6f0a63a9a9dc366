"""How good the answers are: refusals, support, whole answers."""
