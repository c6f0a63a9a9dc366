"""What is said in the places that readers are in: comments, groups, other chats, links to the bot."""

from __future__ import annotations

RU: dict[str, str] = {
    "about_this_post": "О чём этот пост?",
    "post_unknown": "Этого поста у меня нет: может быть, он ещё не прочитан. Спросите о нём своими словами.",
    "ask_on": "Спросить ещё",
    "whole_answer": "Весь ответ",
    "guest_hint": "Напишите вопрос в том же сообщении: @{username} что такое LoRA?",
}
EN: dict[str, str] = {
    "about_this_post": "What is this post about?",
    "post_unknown": "I do not have that post: perhaps it has not been read yet. Ask about it in your own words.",
    "ask_on": "Ask more",
    "whole_answer": "The whole answer",
    "guest_hint": "Write your question in the same message: @{username} what is LoRA?",
}
