"""Questions as people send them: what stands around a command and around the bot's name, and what a reply refers to."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Chat, Message, MessageEntity, TextQuote, User

from konspekt.bot.handlers.asking.addressed import (
    ANYWHERE,
    Asked,
    after_command,
    asked_in,
    command_of,
    is_called,
    without_name,
)
from tests.fakes.bot_api.inputs import _entities_of as entities_of

BOT = User(1234567, "Konspekt", is_bot=True, username="konspekt_test_bot")
READER = User(7, "Reader", is_bot=False)
NAME = "konspekt_test_bot"


def message(text: str, *, sender: User = READER, caption: bool = False, **fields: Any) -> Message:
    marks = fields.pop("entities", [MessageEntity(**entity) for entity in entities_of(text)])
    words = {"caption": text, "caption_entities": marks} if caption else {"text": text, "entities": marks}
    return Message(1, datetime.now(UTC), Chat(7, "private"), from_user=sender, **words, **fields)


def question(sent: Message) -> str:
    return asked_in(sent, BOT.id, NAME).question


@pytest.mark.parametrize(
    "space",
    ["\n", "\t", "\u00a0", "\u2003", "\u3000", "\u202f", "\u2028", "\r\n", "  \t ", "\u200b", " \ufeff", "\n\n\n"],
)
@pytest.mark.parametrize("command", ["/ask", f"/ask@{NAME}", f"/ASK@{NAME.upper()}"])
def test_any_space_may_follow_a_command(command: str, space: str) -> None:
    written = message(f"{command}{space}Что такое LoRA?")
    assert question(written) == "Что такое LoRA?"
    assert after_command(written) == "Что такое LoRA?"
    found = command_of(written)
    assert found is not None
    assert (found.name, found.to) == ("ask", NAME if "@" in command else "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"@{NAME}\nЧто такое DDIM?", "Что такое DDIM?"),
        (f"А что лучше, DDIM или DPM, @{NAME}?", "А что лучше, DDIM или DPM?"),
        (f"(@{NAME}) что такое LoRA?", "что такое LoRA?"),
        (f"Что такое GPTQ?\n@{NAME}", "Что такое GPTQ?"),
        (f"@{NAME.upper()} что такое LoRA?", "что такое LoRA?"),
        (f"@{NAME} @{NAME}, что такое LoRA?", "что такое LoRA?"),
        (f"@{NAME},что такое LoRA?", "что такое LoRA?"),
        (f"@{NAME} — что такое LoRA?", "что такое LoRA?"),
        (f"@{NAME}! Что такое LoRA?", "Что такое LoRA?"),
        (f"Привет, @{NAME}! Что такое LoRA?", "Привет! Что такое LoRA?"),
        (f"Что такое LoRA, @{NAME}", "Что такое LoRA"),
        (f"Что такое LoRA? («@{NAME}»)", "Что такое LoRA?"),
        (f"[@{NAME}]: что такое LoRA?", "что такое LoRA?"),
        (f"что @{NAME} знает про LoRA?", "что знает про LoRA?"),
        (f"Что такое LoRA?\u00a0@{NAME}\u200b", "Что такое LoRA?"),
        (f"Скажи, @{NAME}, что такое LoRA", "Скажи, что такое LoRA"),
        (f"🔥🔥 @{NAME} что такое LoRA?", "🔥🔥 что такое LoRA?"),
        (f"/ask @{NAME}: что такое LoRA?", "что такое LoRA?"),
        (f"@{NAME} -5 °C — это холодно?", "-5 °C — это холодно?"),
        (f"@{NAME} .NET — что это?", ".NET — что это?"),
        (f"Что такое LoRA\n@{NAME}\nи зачем она?", "Что такое LoRA\nи зачем она?"),
        (f"@{NAME} первая строка\n\nвторая строка", "первая строка\n\nвторая строка"),
        (f"Кто такой @{NAME}2?", f"Кто такой @{NAME}2?"),
        (f"Почта x@{NAME}.ru чья?", f"Почта x@{NAME}.ru чья?"),
        (f"@{NAME}", ""),
        (f" (@{NAME})?!", "?!"),
    ],
)
def test_the_bots_name_goes_with_what_only_held_it(text: str, expected: str) -> None:
    assert question(message(text)) == expected
    assert question(message(text, caption=True)) == expected


@given(st.text("ab ,?!()\n\u00a0«»", max_size=20), st.text("ab ,?!()\n\u00a0«»", max_size=20))
def test_what_is_cut_out_is_the_name_and_marks_around_it_but_no_letter(before: str, after: str) -> None:
    left = without_name(f"{before} @{NAME} {after}", NAME)
    assert NAME not in left
    assert [char for char in left if char.isalpha()] == [char for char in before + after if char.isalpha()]
    assert left == left.strip(ANYWHERE)


def test_the_bot_is_called_by_its_name_or_by_a_word_that_links_to_it() -> None:
    linked = MessageEntity("text_mention", 0, 8, user=BOT)
    assert is_called(message("Конспект, что такое LoRA?", entities=[linked]), BOT.id, NAME)
    assert question(message("Конспект, что такое LoRA?", entities=[linked])) == "что такое LoRA?"
    later = MessageEntity("text_mention", 10, 8, user=BOT)
    assert question(message("Что умеет Конспект?", entities=[later])) == "Что умеет Конспект?"
    assert is_called(message(f"(@{NAME.upper()})"), BOT.id, NAME)
    assert is_called(message(f"что, @{NAME}?", entities=[]), BOT.id, NAME)  # a server that marks nothing
    assert not is_called(message(f"@{NAME}2 что?"), BOT.id, NAME)
    assert not is_called(message("@another_bot что?"), BOT.id, NAME)


def test_a_command_is_one_only_where_the_text_opens_with_it() -> None:
    assert command_of(message("Что делает команда /reset у бота?")) is None
    assert command_of(message("Где лежит /etc/hosts?")) is None
    assert command_of(message("/etc/hosts — что это?")) is None


LONG = "Длинный разговор про кеши и память. Чем GQA лучше MQA? И ещё абзац."
QUOTE = TextQuote("Чем GQA лучше MQA?", 36, is_manual=True)


@pytest.mark.parametrize("text", [f"@{NAME}", "/ask", f"/ask@{NAME}\u00a0", f"(@{NAME})", f"@{NAME} ?"])
def test_without_words_of_its_own_a_message_asks_what_it_quotes_or_replies_to(text: str) -> None:
    theirs, mine = message(LONG), message(LONG, sender=BOT)
    assert asked_in(message(text, reply_to_message=theirs), BOT.id, NAME) == Asked(LONG)
    assert asked_in(message(text, reply_to_message=theirs, quote=QUOTE), BOT.id, NAME) == Asked(QUOTE.text)
    assert asked_in(message(text, reply_to_message=mine, quote=QUOTE), BOT.id, NAME) == Asked(QUOTE.text)
    assert asked_in(message(text, quote=QUOTE), BOT.id, NAME) == Asked(QUOTE.text)  # of a message in another chat
    assert asked_in(message(text, reply_to_message=mine), BOT.id, NAME).question != LONG


def test_with_words_of_its_own_a_message_asks_them_about_what_it_quotes_or_replies_to() -> None:
    theirs, mine = message(f"@{NAME} {LONG}"), message(LONG, sender=BOT)
    asked = asked_in(message("А почему?", reply_to_message=theirs), BOT.id, NAME)
    assert asked == Asked("А почему?", LONG, about_bot=False)
    assert asked_in(message("А почему?", reply_to_message=theirs, quote=QUOTE), BOT.id, NAME).about == QUOTE.text
    assert asked_in(message("А почему?", reply_to_message=mine), BOT.id, NAME).about_bot
