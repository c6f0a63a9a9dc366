"""Konspekt: ask a Telegram channel and a course anything, and take its posts to other networks.

The packages are links to the folders at the top of the repository (docs/architecture.md says why).
"""
