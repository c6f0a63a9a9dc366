"""What the bot counts. Names follow https://prometheus.io/docs/practices/naming/; no text, no user id in any label."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

UPDATES = Counter("konspekt_updates", "Updates taken in, by kind", ["kind"])
UPDATES_DONE = Counter("konspekt_updates_done", "Updates worked off", ["status"])
COLLECTED = Counter("konspekt_updates_collected", "Updates that another instance took in or left")
INSTANCES = Gauge("konspekt_instances", "Instances of the bot that live, as this one sees it")
PENDING = Gauge("konspekt_updates_pending", "Updates taken in and not yet done")
ANSWERS = Counter("konspekt_answers", "Answers given", ["outcome"])  # answered, extractive, refused
ANSWER_SECONDS = Histogram(
    "konspekt_answer_seconds",
    "From the question's arrival to its answer's delivery",
    buckets=(0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 120, 300),
)
FIRST_TOKEN_SECONDS = Histogram(
    "konspekt_first_token_seconds",
    "From a question to the first words",
    buckets=(0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60),
)
MESSAGES = Counter("konspekt_messages", "Messages to Telegram", ["result"])  # sent, retried
FLOOD_WAITS = Counter("konspekt_flood_waits", "Times that Telegram said 429")
FEEDBACK = Counter("konspekt_feedback", "Votes", ["value"])
POSTS_INDEXED = Counter("konspekt_posts_indexed", "Channel posts indexed as they came")
LAST_CONTACT = Gauge("konspekt_last_contact_seconds", "Unix time of the last successful contact with Telegram")
