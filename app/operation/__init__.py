"""What an operator turns on: several instances, traces."""
