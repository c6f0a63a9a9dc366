"""Course files: Markdown, notebooks, PDF, office files, subtitles, plain text."""
