"""What is said in the places that readers are in: comments, groups, other chats, links to the bot."""

# ruff: noqa: E501 - a message is one line

from __future__ import annotations

RU: dict[str, str] = {
    "bot_description": "Отвечаю на вопросы по материалам канала и курса: с цитатами и ссылками на посты. Чего в них нет, о том так и скажу.\n\nСпросите словами, перешлите пост или напишите «с чего начать».",
    "bot_short_description": "Ответы по материалам канала: с цитатами и ссылками на посты.",
    "about_this_post": "О чём этот пост?",
    "post_unknown": "Этого поста у меня нет: может быть, он ещё не прочитан. Спросите о нём своими словами.",
    "greeting": "Привет! Я отвечаю по материалам канала: с цитатами и ссылками на посты.\n\nСпросить: /ask вопрос, или упомяните меня — @{username}, или ответьте на моё сообщение. Остальной разговор я не читаю и не храню.",
    "drafted_direct": "✉️ {name} пишет в личные сообщения канала:",
    "drafted_business": "✉️ {name} пишет вам:",
    "drafted_send": "📨 Отправить",
    "drafted_drop": "Не нужно",
    "drafted_dropped": "Хорошо, не отправляю",
    "drafted_sent": "Отправлено",
    "drafted_own": "Отправил ваши слова.",
    "drafted_already": "На это уже ответили",
    "drafted_refused": "Telegram не принял ответ",
    "inline_ask": "❓ Спросить и ответить прямо здесь",
    "inline_waiting": "Ищу ответ…",
    "inline_in_bot": "Ответ в боте",
    "ask_on": "Спросить ещё",
    "whole_answer": "Весь ответ",
    "guest_hint": "Напишите вопрос в том же сообщении: @{username} что такое LoRA?",
}
EN: dict[str, str] = {
    "bot_description": "I answer questions from the channel's posts and the course, with quotations and links. What they do not say, I say they do not.\n\nAsk in your own words, forward a post, or write “where should I start”.",
    "bot_short_description": "Answers from the channel's posts, with quotations and links.",
    "about_this_post": "What is this post about?",
    "post_unknown": "I do not have that post: perhaps it has not been read yet. Ask about it in your own words.",
    "greeting": "Hello! I answer from the channel's posts, with quotations and links.\n\nTo ask: /ask question, or mention me, @{username}, or reply to a message of mine. I neither read nor keep the rest of the conversation.",
    "drafted_direct": "✉️ {name} writes in the channel's direct messages:",
    "drafted_business": "✉️ {name} writes to you:",
    "drafted_send": "📨 Send",
    "drafted_drop": "No need",
    "drafted_dropped": "All right, nothing is sent",
    "drafted_sent": "Sent",
    "drafted_own": "Your words were sent.",
    "drafted_already": "This has been answered already",
    "drafted_refused": "Telegram did not take the reply",
    "inline_ask": "❓ Ask, and answer right here",
    "inline_waiting": "Looking for the answer…",
    "inline_in_bot": "Answer in the bot",
    "ask_on": "Ask more",
    "whole_answer": "The whole answer",
    "guest_hint": "Write your question in the same message: @{username} what is LoRA?",
}
