"""Requests to the Bot API: sockets, flood limits, the journal, delivery."""
