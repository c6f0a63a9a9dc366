"""How good the answers are: the evaluation that the page runs, and the arena of two ways of answering."""
