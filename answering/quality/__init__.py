"""How well it answers, by an author's own questions: which failed, new ones from the material, and their threshold."""
