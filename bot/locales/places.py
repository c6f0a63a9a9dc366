"""What is said in the places that readers are in: comments, groups, other chats, links to the bot."""

from __future__ import annotations

RU: dict[str, str] = {
    "about_this_post": "О чём этот пост?",
}
EN: dict[str, str] = {
    "about_this_post": "What is this post about?",
}
