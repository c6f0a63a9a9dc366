"""A question and its history become a cited, checked answer."""
