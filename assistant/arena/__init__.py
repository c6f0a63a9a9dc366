"""Two ways of answering against each other, blind: who wins, and how sure that is."""
