"""The HTTP API: what the commands print with `--json`, for programs that show a token."""
