"""Tools: what a client offers a model to call, the grammar of a call, and calls read from an answer."""
