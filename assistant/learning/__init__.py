"""Quizzes from the indexed material, and when to ask a question again."""
