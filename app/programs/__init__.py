"""What programs are served with: their tokens, answers as plain data, MCP and the HTTP API."""
