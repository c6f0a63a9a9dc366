"""Documents into text: plain with spans, Markdown, HTML. Networks choose one and set its style."""
