"""Moving all that Konspekt knows to another database or another folder."""
