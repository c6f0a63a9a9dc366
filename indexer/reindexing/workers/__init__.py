"""Where documents are cut and texts embedded: in this process, or on the machines of a Ray cluster."""
