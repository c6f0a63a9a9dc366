"""Small pieces that several operations need; it knows none of them."""
