"""One module for each thing a user does. Each has `register(app)`; `bot.application.FEATURES` names them."""
