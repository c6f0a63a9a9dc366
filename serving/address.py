"""Where `konspekt serve` listens unless told otherwise, and where it is looked for on this machine."""

PORT = 8111
