"""Kinds of sentences that answer: definitions, lists, rows of tables, code, formulas, names of who did it."""
