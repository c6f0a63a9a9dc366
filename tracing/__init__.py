"""Where the time of a question goes, for OpenTelemetry: a leaf that all may import."""
