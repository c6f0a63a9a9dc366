"""What the command, the bot and the web page share: settings, building of the objects, language, logs."""
