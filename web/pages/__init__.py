"""What people see: a router for each page."""
