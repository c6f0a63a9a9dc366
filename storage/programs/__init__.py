"""What programs need to ask: the tokens that they show."""
