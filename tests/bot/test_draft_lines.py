"""Lines of a draft that must be looked at: asked about one by one, in the author's own words or left out."""

from __future__ import annotations

from typing import Any

from konspekt.conversion.draft import Card, Draft, Marked
from konspekt.storage.drafts import Drafts
from tests.bot.converting import LINK, OTHER_ADMIN, ScriptedWriter, button, converting, drafted, press, shown
from tests.bot.harness import ADMIN

LINES = (
    Marked("Исходная первая", "Attention в 2,7 раза быстрее", ("person",)),
    Marked("Исходная вторая", "Код:", ("negation", "unit")),
)


def writer(**rest: Any) -> ScriptedWriter:
    return ScriptedWriter(marked=LINES, **rest)


def content(store: Any) -> Draft:
    stored = Drafts(store).get(1)
    assert stored is not None
    return Draft.from_json(stored.content)


async def test_a_draft_with_marked_lines_says_so_and_asks_about_each(api: Any, store: Any, monkeypatch: Any) -> None:
    async with converting(api, store, monkeypatch, writer=writer()) as running:
        await drafted(running)
        assert any("Нужна правка" in text for text in shown(api))
        await press(running, "2 строки на проверку")
        assert any("кто и с кем" in text and "Исходная первая" in text for text in shown(api))
        await press(running, "Всё верно")
        assert any("Исходная вторая" in text and "что измеряет" in text for text in shown(api))
        await press(running, "Убрать")
        assert any("Все строки проверены" in text for text in shown(api))
        draft = content(store)
        assert draft.marked == ()
        assert "Attention в 2,7 раза быстрее" in draft.text
        assert "Код:" not in draft.text


async def test_a_line_that_no_part_has_whole_is_not_left_out_and_the_draft_not_finished(
    api: Any, store: Any, monkeypatch: Any
) -> None:
    torn = ScriptedWriter(marked=(Marked("Исходная", "Строка на границе частей", ("person",)),))
    async with converting(api, store, monkeypatch, writer=torn) as running:
        await drafted(running)
        await press(running, "на проверку")
        await press(running, "Убрать")
        assert any("на границу двух частей" in text for text in shown(api))
        draft = content(store)
        assert draft.marked == ()
        assert not draft.finished
        assert "Строка на границе частей" in draft.to_edit[-1]


async def test_own_words_take_the_place_of_a_line_also_after_a_restart(api: Any, store: Any, monkeypatch: Any) -> None:
    async with converting(api, store, monkeypatch, writer=writer()) as running:
        await drafted(running)
        await press(running, "на проверку")
    async with converting(api, store, monkeypatch, writer=writer()) as running:
        asked = next(message for message in reversed([*api.messages.values()]) if "#d1/" in message["text"])
        api.private_text(ADMIN, "Attention is 2,7 times faster", reply_to_message=asked)
        await running.idle()
        draft = content(store)
        assert "Attention is 2,7 times faster" in draft.text
        assert [line.source for line in draft.marked] == ["Исходная вторая"]


async def test_another_try_and_none_better(api: Any, store: Any, monkeypatch: Any) -> None:
    async with converting(api, store, monkeypatch, writer=writer(better="Attention: 2,7×")) as running:
        await drafted(running)
        await press(running, "на проверку")
        await press(running, "Ещё раз")
        assert "Attention: 2,7×" in content(store).text
    async with converting(api, store, monkeypatch, writer=writer()) as running:
        await press(running, "Ещё раз")
        assert any("Лучше не вышло" in text for text in shown(api))
        assert len(content(store).marked) == 1


async def test_pressed_twice_and_by_another_admin(api: Any, store: Any, monkeypatch: Any) -> None:
    async with converting(api, store, monkeypatch, writer=writer()) as running:
        await drafted(running)
        await press(running, "на проверку")
        data, message_id = button(api, ADMIN, "Всё верно")
        api.callback(ADMIN, OTHER_ADMIN, data, message_id)
        await running.idle()
        assert len(content(store).marked) == 2
        for _ in range(2):
            api.callback(ADMIN, ADMIN, data, message_id)
            await running.idle()
        assert len(content(store).marked) == 1


async def test_a_finished_draft_has_no_such_button(api: Any, store: Any, monkeypatch: Any) -> None:
    async with converting(api, store, monkeypatch, writer=ScriptedWriter()) as running:
        await drafted(running)
        assert any("Можно публиковать" in text for text in shown(api))
        assert not any("на проверку" in str(message.get("reply_markup")) for message in api.messages.values())


async def test_slides_of_a_draft_come_as_an_album(api: Any, store: Any, monkeypatch: Any) -> None:
    made = ScriptedWriter(cards=(Card("title", "Название"), Card("text", "Первая мысль.")))
    async with converting(api, store, monkeypatch, writer=made) as running:
        api.private_text(ADMIN, f"/convert {LINK}")
        await running.idle()
        await press(running, "Instagram")
        await press(running, "✅ X")
        await press(running, "Написать")
        await running.until(lambda: any("Готово" in text for text in shown(api)))
        await press(running, "2 картинки")
        (album,) = api.called("sendMediaGroup")
        assert [item["type"] for item in album.params["media"]] == ["photo", "photo"]


async def test_what_was_changed_once_is_said_the_next_time_and_can_be_forgotten(
    api: Any, store: Any, monkeypatch: Any
) -> None:
    async with converting(api, store, monkeypatch) as running:
        await drafted(running)
        part = next(message for message in reversed([*api.messages.values()]) if "#d1.1" in message["text"])
        words = part["text"].split("\n", 1)[1]
        api.private_text(ADMIN, words.replace("Attention", "Внимание"), reply_to_message=part)
        await running.idle()
        assert any("Запомнил: Attention → Внимание" in text for text in shown(api))
        await press(running, "Ещё раз")
        await running.until(lambda: Drafts(store).get(2) is not None)
        await running.idle()
        again = Drafts(store).get(2)
        assert again is not None
        assert Draft.from_json(again.content).text.startswith("Внимание в 2,7 раза")

        api.private_text(OTHER_ADMIN, "/glossary")
        await running.idle()
        assert any("Пока пусто" in text for text in shown(api, OTHER_ADMIN))
        api.private_text(ADMIN, "/glossary")
        await running.idle()
        assert any("Attention → Внимание" in text and "слово" in text for text in shown(api))
        await press(running, "✖ 1")
        assert any("Пока пусто" in text for text in shown(api))
        api.private_text(ADMIN, "/glossary железо = GPU")
        api.private_text(ADMIN, "/glossary железо")
        await running.idle()
        assert any("Запомнил: железо → GPU" in text for text in shown(api))
        assert any("Напишите так" in text for text in shown(api))
