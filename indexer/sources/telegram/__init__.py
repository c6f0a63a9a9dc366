"""Telegram: exports, saved pages, live posts."""
