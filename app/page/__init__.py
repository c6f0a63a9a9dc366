"""The page built from the settings, and served."""
