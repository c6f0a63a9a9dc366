"""The post's own pictures, as networks take them."""
