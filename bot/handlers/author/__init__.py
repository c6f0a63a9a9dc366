"""For the channel's author: commands, cases, corrections, new posts of the channel."""
