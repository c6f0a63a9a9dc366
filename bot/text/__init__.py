"""Answers and posts as Telegram text: HTML, entities, splitting, charts."""
