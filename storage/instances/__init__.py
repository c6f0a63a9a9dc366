"""Several instances of the bot on one PostgreSQL: who is alive, whose chat is whose, and limits that all keep to."""
