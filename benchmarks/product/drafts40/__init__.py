"""Forty posts drafted, each draft judged by a reader."""
