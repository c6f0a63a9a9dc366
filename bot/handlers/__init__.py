"""One module for each thing a user does. Each has `register(app)`; `konspekt.bot.application.FEATURES` names them."""
