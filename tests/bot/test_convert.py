"""The whole conversion flow in Telegram: a real bot over HTTP, a real database, a scripted model."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from konspekt.storage.drafts import Drafts
from tests.bot.converting import LINK, OTHER_ADMIN, READER, ScriptedWriter, button, converting, drafted, press, shown
from tests.bot.harness import ADMIN


async def test_a_link_becomes_a_draft_with_its_length_and_all_buttons(api: Any, store: Any, monkeypatch: Any) -> None:
    async with converting(api, store, monkeypatch) as running:
        await drafted(running)
        part = next(text for text in shown(api) if "#d1.1" in text)
        length, limit = re.search(r"(\d+)/(\d+) · #d1", part).groups()  # type: ignore[union-attr]
        assert 0 < int(length) <= int(limit) == 280
        assert "https://github.com/thu-ml/SageAttention" in part
        assert LINK in part
        for label in ("Ещё раз", "Короче", "Официальнее", "en", "Править", "Оригинал", "Сохранить"):
            button(api, ADMIN, label)


async def test_networks_and_language_are_switched_on_buttons(api: Any, store: Any, monkeypatch: Any) -> None:
    writer = ScriptedWriter()
    async with converting(api, store, monkeypatch, writer=writer) as running:
        api.private_text(ADMIN, f"/convert {LINK}")
        await running.idle()
        for label in ("LinkedIn", "Habr", "✅ X", "en"):
            await press(running, label)
        await press(running, "Написать")
        await running.until(lambda: any("Готово: 2" in text for text in shown(api)))
        assert [(name, lang) for name, lang, _ in writer.asked] == [("linkedin", "en"), ("habr", "en")]


async def test_no_network_no_work(api: Any, store: Any, monkeypatch: Any) -> None:
    writer = ScriptedWriter()
    async with converting(api, store, monkeypatch, writer=writer) as running:
        api.private_text(ADMIN, f"/convert {LINK}")
        await running.idle()
        await press(running, "Все")
        await press(running, "Все")
        await press(running, "Написать")
        assert writer.asked == []
        assert any(call.params.get("show_alert") for call in api.called("answerCallbackQuery"))


async def test_a_forwarded_and_an_answered_post_are_read(api: Any, store: Any, monkeypatch: Any) -> None:
    async with converting(api, store, monkeypatch) as running:
        origin = {
            "type": "channel",
            "date": 1700000000,
            "chat": {"id": -1001, "type": "channel", "title": "Чужой", "username": "stranger"},
            "message_id": 77,
        }
        api.private_text(ADMIN, "Пересланный пост про модели", forward_origin=origin)
        await running.idle()
        assert any("Пересланный пост" in text and "Выберите" in text for text in shown(api))
        await press(running, "Написать")
        await running.until(lambda: any("https://t.me/stranger/77" in text for text in shown(api)))

        answered = api.message({"id": ADMIN, "type": "private"}, {"id": 9, "is_bot": False, "first_name": "a"},
                               text="Пост, на который ответили")  # fmt: skip
        api.private_text(ADMIN, "/convert", reply_to_message=answered)
        await running.idle()
        assert any("Пост, на который ответили" in text for text in shown(api))


async def test_a_forwarded_album_is_one_post_with_all_of_its_pictures(api: Any, store: Any, monkeypatch: Any) -> None:
    async with converting(api, store, monkeypatch) as running:
        for number in range(3):
            origin = {"type": "channel", "date": 1700000000, "chat": {"id": -1001, "type": "channel", "title": "Чужой"}}
            picture = [{"file_id": f"f{number}", "file_unique_id": f"u{number}", "width": 9, "height": 9}]
            fields: dict[str, Any] = {"media_group_id": "9", "photo": picture}
            fields["forward_origin"] = origin | {"message_id": 70 + number}
            if number == 1:
                fields["caption"] = "Три картинки про модели"
            sender = {"id": ADMIN, "is_bot": False, "first_name": "a", "language_code": "ru"}
            api.inject("message", api.message({"id": ADMIN, "type": "private"}, sender, **fields))
        await running.idle()
        assert sum("Выберите сети" in text for text in shown(api)) == 1
        assert not any("нет текста" in text for text in shown(api))
        await press(running, "Написать")
        await running.until(lambda: any("Медиа: X возьмёт 3 из 3" in text for text in shown(api)))


async def test_an_unknown_link_asks_for_a_forward(api: Any, store: Any, monkeypatch: Any) -> None:
    async with converting(api, store, monkeypatch) as running:
        api.private_text(ADMIN, "/convert https://t.me/other/1")
        api.private_text(ADMIN, "/convert")
        await running.idle()
        assert any("Перешлите сам пост" in text for text in shown(api))
        assert any("/convert" in text and "ссылкой" in text for text in shown(api))


async def test_every_way_in_is_closed_to_readers(api: Any, store: Any, monkeypatch: Any) -> None:
    writer = ScriptedWriter()
    async with converting(api, store, monkeypatch, writer=writer) as running:
        api.private_text(READER, f"/convert {LINK}")
        api.private_text(READER, "/drafts")
        await running.idle()
        assert sum("только для администратора" in text for text in api.texts(READER)) == 2
        await drafted(running)
        count, alerts = len(writer.asked), len(api.called("answerCallbackQuery"))
        for label in ("Ещё раз", "Короче", "Официальнее", "en", "Править", "Оригинал", "Сохранить"):
            await press(running, label, user=READER)
        calls = api.called("answerCallbackQuery")[alerts:]
        assert len(calls) == 7
        assert all(call.params.get("show_alert") for call in calls)
        assert len(writer.asked) == count
        assert Drafts(store).count_saved(ADMIN) == 0


async def test_each_button_of_a_draft_does_its_work(api: Any, store: Any, monkeypatch: Any) -> None:
    writer = ScriptedWriter()
    async with converting(api, store, monkeypatch, writer=writer) as running:
        await drafted(running)
        for number, label in enumerate(("Ещё раз", "Короче", "Официальнее", "🌐 en"), 2):
            await press(running, label)
            await running.until(lambda number=number: button(api, ADMIN, "Сохранить")[0] == f"cv:d:{number}:save")
        again, shorter, formal, other = (wishes for _, _, wishes in writer.asked[1:])
        assert again.attempt == 1
        assert shorter.length == "short"
        assert formal.tone == "formal"
        assert other.attempt == 4
        assert writer.asked[-1][1] == "en"
        await press(running, "Оригинал")
        assert any(text.startswith("Attention в 2,7 раза") for text in shown(api))
        await press(running, "Сохранить")
        assert [draft.id for draft in Drafts(store).saved(ADMIN)] == [5]


async def test_a_reply_to_a_part_edits_it_and_it_is_checked_again(api: Any, store: Any, monkeypatch: Any) -> None:
    async with converting(api, store, monkeypatch) as running:
        await drafted(running)
        await press(running, "Править")
        assert any("Ответьте на ту часть" in text for text in shown(api))
        part = next(m for m in api.messages.values() if "#d1.1" in str(m.get("text")))
        api.private_text(ADMIN, "Коротко и без ссылки", reply_to_message=part)
        await running.idle()
        stored = Drafts(store).get(1)
        assert stored is not None
        assert stored.content["parts"][0]["text"] == "Коротко и без ссылки"
        assert stored.content["parts"][0]["length"] == len("Коротко и без ссылки")
        values = {item["value"] for item in stored.content["dropped"]}
        assert {"https://github.com/thu-ml/SageAttention", "2,7", "@karpathy"} <= values
        assert any("SageAttention" in text and "нет" in text for text in shown(api)[-2:])

        api.private_text(ADMIN, "ы" * 300, reply_to_message=part)
        await running.idle()
        assert any("300/280" in text and "больше предела" in text for text in shown(api))
        await press(running, "Сохранить")
        assert Drafts(store).count_saved(ADMIN) == 0


async def test_drafts_lists_what_was_saved_and_opens_it_again(api: Any, store: Any, monkeypatch: Any) -> None:
    async with converting(api, store, monkeypatch) as running:
        api.private_text(ADMIN, "/drafts")
        await running.idle()
        assert any("пока нет" in text for text in shown(api))
        await drafted(running)
        await press(running, "Сохранить")
        api.private_text(ADMIN, "/drafts")
        await running.idle()
        before = len(shown(api))
        await press(running, "#d1")
        assert any("#d1.1" in text for text in shown(api)[before:])


async def test_the_same_post_shows_its_old_draft_first(api: Any, store: Any, monkeypatch: Any) -> None:
    writer = ScriptedWriter()
    async with converting(api, store, monkeypatch, writer=writer) as running:
        await drafted(running)
        count = len(writer.asked)
        api.private_text(ADMIN, f"/convert {LINK}")
        await running.idle()
        await press(running, "Написать")
        await running.until(lambda: any("Черновик от" in text for text in shown(api)))
        assert len(writer.asked) == count


async def test_what_the_model_could_not_write_is_written_anew_next_time(api: Any, store: Any, monkeypatch: Any) -> None:
    writer = ScriptedWriter(unreachable=True)
    async with converting(api, store, monkeypatch, writer=writer) as running:
        for done in (1, 2):
            api.private_text(ADMIN, f"/convert {LINK}")
            await running.idle()
            await press(running, "en")
            await press(running, "Написать")
            await running.until(lambda done=done: sum("Готово" in text for text in shown(api)) == done)
            writer.unreachable = False
        assert len(writer.asked) == 2
        assert not any("Черновик от" in text for text in shown(api))


async def test_cancel_stops_the_model_and_leaves_no_draft(api: Any, store: Any, monkeypatch: Any) -> None:
    writer = ScriptedWriter(gate=asyncio.Event())
    async with converting(api, store, monkeypatch, writer=writer) as running:
        api.private_text(ADMIN, f"/convert {LINK}")
        await running.idle()
        await press(running, "Написать")
        await running.until(lambda: writer.asked and any("Пишу: X" in text for text in shown(api)))
        await press(running, "Отмена")
        assert writer.cancelled == 1
        assert any("Отменено" in text for text in shown(api))
        assert Drafts(store).get(1) is None


async def test_a_draft_written_anew_shows_its_progress_and_can_be_cancelled(
    api: Any, store: Any, monkeypatch: Any
) -> None:
    writer = ScriptedWriter()
    async with converting(api, store, monkeypatch, writer=writer) as running:
        await drafted(running)
        writer.gate = asyncio.Event()
        await press(running, "Ещё раз")
        await running.until(lambda: len(writer.asked) == 2 and any("1 из 2 строк" in text for text in shown(api)))
        await press(running, "Отмена")
        assert writer.cancelled == 1
        assert Drafts(store).get(2) is None


async def test_a_telegram_draft_is_shown_as_it_will_look_and_can_be_edited(
    api: Any, store: Any, monkeypatch: Any
) -> None:
    async with converting(api, store, monkeypatch) as running:
        api.private_text(ADMIN, f"/convert {LINK}")
        await running.idle()
        for label in ("✅ X", "Telegram", "Написать"):
            await press(running, label)
        await running.until(lambda: any("Готово" in text for text in shown(api)))
        sent = [call.params for call in api.called("sendMessage") if call.params.get("entities")]
        assert str(sent[0]["text"]).startswith("Attention в 2,7")
        head = next(m for m in api.messages.values() if re.search(r"\d+/4096 · #d1\.1$", str(m.get("text"))))
        api.private_text(ADMIN, "Новый текст для канала", reply_to_message=head)
        await running.idle()
        stored = Drafts(store).get(1)
        assert stored is not None
        assert stored.content["parts"][0]["text"] == "Новый текст для канала"


async def test_two_conversions_at_once_do_not_mix(api: Any, store: Any, monkeypatch: Any) -> None:
    writer = ScriptedWriter(gate=asyncio.Event())
    async with converting(api, store, monkeypatch, writer=writer) as running:
        api.private_text(ADMIN, f"/convert {LINK}")
        await running.idle()
        await press(running, "Написать")
        answered = api.message({"id": ADMIN, "type": "private"}, {"id": 9, "is_bot": False, "first_name": "a"},
                               text="Второй, совсем другой пост")  # fmt: skip
        api.private_text(ADMIN, "/convert", reply_to_message=answered)
        await running.idle()
        await press(running, "Написать")
        await running.until(lambda: len(writer.asked) == 2)
        assert writer.gate is not None
        writer.gate.set()
        await running.until(lambda: sum("Готово" in text for text in shown(api)) == 2)
        texts = {Drafts(store).get(n).content["parts"][0]["text"] for n in (1, 2)}  # type: ignore[union-attr]
        assert sum("Второй, совсем другой" in text for text in texts) == 1
        assert sum("2,7" in text for text in texts) == 1


async def test_a_button_from_before_a_restart_says_so(api: Any, store: Any, monkeypatch: Any) -> None:
    async with converting(api, store, monkeypatch) as running:
        api.private_text(ADMIN, "/convert")
        await running.idle()
        api.callback(ADMIN, ADMIN, "cv:s:00000000:go:-")
        api.callback(ADMIN, ADMIN, "cv:d:999:save")
        api.callback(ADMIN, ADMIN, "cv:nonsense")
        await running.idle()
        texts = [str(call.params.get("text")) for call in api.called("answerCallbackQuery")]
        assert any("перезапуск" in text for text in texts)
        assert any("больше нет" in text for text in texts)


async def test_a_new_channel_post_is_drafted_by_rule_for_the_admin_only(api: Any, store: Any, monkeypatch: Any) -> None:
    writer = ScriptedWriter()
    async with converting(api, store, monkeypatch, writer=writer, auto="x,linkedin:en") as running:
        api.channel_post(-1001, "Новый пост канала про модели")
        await running.until(lambda: sum("#d" in text for text in shown(api)) >= 4)
        assert [(name, lang) for name, lang, _ in writer.asked] == [("x", "ru"), ("linkedin", "en")]
        assert any("Сам я ничего не публикую" in text for text in shown(api))
        assert not [m for m in api.sent() if m["chat"]["id"] == -1001]


async def test_a_long_article_comes_as_a_file(api: Any, store: Any, monkeypatch: Any) -> None:
    async with converting(api, store, monkeypatch) as running:
        answered = api.message({"id": ADMIN, "type": "private"}, {"id": 9, "is_bot": False, "first_name": "a"},
                               text="Длинный пост. " * 280)  # fmt: skip
        api.private_text(ADMIN, "/convert", reply_to_message=answered)
        await running.idle()
        for label in ("✅ X", "Markdown"):
            await press(running, label)
        await press(running, "Написать")
        await running.until(lambda: api.called("sendDocument"))
        assert any("#d1.1" in text for text in shown(api))


async def test_another_admin_neither_sees_saves_edits_nor_rewrites_my_draft(
    api: Any, store: Any, monkeypatch: Any
) -> None:
    writer = ScriptedWriter()
    async with converting(api, store, monkeypatch, writer=writer) as running:
        await drafted(running)
        part = next(m for m in api.messages.values() if "#d1.1" in str(m.get("text")))
        written = Drafts(store).get(1)
        count, alerts = len(writer.asked), len(api.called("answerCallbackQuery"))
        api.private_text(OTHER_ADMIN, "/drafts")
        await running.idle()
        for action in ("again", "shorter", "formal", "lang", "edit", "orig", "save", "show"):
            api.callback(OTHER_ADMIN, OTHER_ADMIN, f"cv:d:1:{action}")
            api.callback(ADMIN, OTHER_ADMIN, f"cv:d:1:{action}")
        api.private_text(OTHER_ADMIN, "Моё вместо твоего", reply_to_message=part)
        await running.idle()
        calls = api.called("answerCallbackQuery")[alerts:]
        assert len(calls) == 16
        assert all(call.params.get("show_alert") and "больше нет" in str(call.params["text"]) for call in calls)
        assert Drafts(store).get(1) == written
        assert len(writer.asked) == count
        assert api.texts(OTHER_ADMIN)[1:] == ["Этого черновика больше нет."]


async def test_another_admin_does_not_press_the_buttons_of_my_choice(api: Any, store: Any, monkeypatch: Any) -> None:
    writer = ScriptedWriter()
    async with converting(api, store, monkeypatch, writer=writer) as running:
        api.private_text(ADMIN, f"/convert {LINK}")
        api.private_text(OTHER_ADMIN, "/drafts")
        await running.idle()
        go, message_id = button(api, ADMIN, "Написать")
        for data in (go, button(api, ADMIN, "LinkedIn")[0], button(api, ADMIN, "Отмена")[0]):
            api.callback(OTHER_ADMIN, OTHER_ADMIN, data)
            api.callback(ADMIN, OTHER_ADMIN, data, message_id)
        await running.idle()
        assert writer.asked == []
        assert len(api.called("answerCallbackQuery")) == 6
        await press(running, "Написать")
        await running.until(lambda: any("Готово: 1" in text for text in shown(api)))
