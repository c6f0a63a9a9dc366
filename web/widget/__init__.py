""" "Ask this channel" on the author's own site: a script of one line, which opens a frame of this server."""
