"""Where readers are beside the bot's own chat: comments, guest chats, direct messages, business chats, links."""
