"""The manner of a network by rules alone: what a good author does by hand with the sentences that the post has."""
