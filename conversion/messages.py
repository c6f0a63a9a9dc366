"""What a draft tells its author, and the few words that conversion writes into a draft."""

from __future__ import annotations

from konspekt.bilingual import Texts, fill, told

_MESSAGES: Texts = {
    "handle": {
        "en": "{value} is a name in Telegram; in {network} it may be someone else",
        "ru": "{value} — имя в Telegram; в {network} так может называться другой человек",
    },
    "spoiler": {
        "en": "{network} has no spoilers: the hidden text is shown openly",
        "ru": "В {network} нет спойлеров: скрытый текст виден сразу",
    },
    "strike": {
        "en": "{network} has no strike-through: what was crossed out reads as if it held",
        "ru": "В {network} нет зачёркивания: зачёркнутое читается как обычный текст",
    },
    "links_dead": {
        "en": "Links cannot be clicked in {network}",
        "ru": "Ссылки в {network} не нажимаются",
    },
    "link_too_long": {
        "en": "A link of {length} characters does not fit {network} and is left out",
        "ru": "Ссылка длиной {length} не помещается в {network} и убрана",
    },
    "media_required": {
        "en": "{network} takes no post without a picture or a video: add one",
        "ru": "{network} не принимает пост без картинки или видео: добавьте",
    },
    "media_left": {
        "en": "{network} takes {limit} media of the post's {count}: {left} left out",
        "ru": "{network} берёт {limit} из {count} медиа поста: {left} не вошло",
    },
    "poll": {
        "en": "The poll is text here: nobody can vote",
        "ru": "Опрос здесь — просто текст: голосовать нельзя",
    },
    "media_missing": {
        "en": "{value}: its file is not here, add it yourself",
        "ru": "{value}: этого файла здесь нет, добавьте его сами",
    },
    "hashtags": {
        "en": "{network} takes {limit} hashtags: from there on they are plain words",
        "ru": "{network} принимает {limit} хештегов: дальше они — обычные слова",
    },
    "comments": {
        "en": "{network} takes {limit}: parts 2–{count} go to the comments",
        "ru": "{network} принимает {limit}: части 2–{count} — в комментарии",
    },
    "cards": {
        "en": "The caption of {network} ends at {limit}: parts 2–{count} go onto the cards of the carousel",
        "ru": "Подпись в {network} — до {limit}: части 2–{count} идут на карточки карусели",
    },
    "title_cut": {
        "en": "The title was longer than {limit} characters and was cut; the whole of it stands in the text",
        "ru": "Заголовок длиннее {limit} знаков и сокращён; целиком он — в тексте",
    },
    "bold_letters": {
        "en": "Bold letters of Unicode are read letter by letter, or not at all, by screen readers",
        "ru": "Жирные буквы Unicode программы чтения с экрана произносят по одной или не читают вовсе",
    },
    "original": {"en": "Original: ", "ru": "Оригинал: "},
    "channel": {"en": "From the channel ", "ru": "Из канала "},
    "continued": {"en": "Continued in the comments.", "ru": "Продолжение — в комментариях."},
    "forwarded": {"en": "Via {value}", "ru": "Источник: {value}"},
    "missing": {
        "en": "The draft leaves out {what}: {value}",
        "ru": "В черновике нет: {what} {value}",
    },
    "invented": {
        "en": "The draft has {what} that the post does not: {value}",
        "ru": "В черновике есть то, чего нет в посте: {what} {value}",
    },
    "untranslated": {
        "en": "Left as it was, the model did not translate it: «{value}»",
        "ru": "Осталось как было, модель не перевела: «{value}»",
    },
    "not_reworded": {
        "en": "{count} of {total} lines keep their wording: what the model made of them said something else",
        "ru": "Строк, оставшихся в прежних словах: {count} из {total}: модель сказала в них что-то другое",
    },
    "unsure": {
        "en": "Look at this line, the model may have changed a name, a term or a number: «{value}»",
        "ru": "Проверьте строку, модель могла изменить название, термин или число: «{value}»",
    },
    "model_failed": {
        "en": "The language model did not answer ({value}): the draft is the post itself, formatted",
        "ru": "Языковая модель не ответила ({value}): черновик — сам пост, отформатированный",
    },
    "no_model": {
        "en": "No language model: the draft stays in the language of the post ({lang})",
        "ru": "Языковой модели нет: черновик остаётся на языке поста ({lang})",
    },
    "chosen": {
        "en": "Short for {network}: {count} of the post's own sentences; what they leave out is listed",
        "ru": "Коротко для {network}: предложений поста — {count}; чего в них нет, перечислено",
    },
    "not_composed": {
        "en": "What the model wrote for {network} did not hold to the post ({value}): this is the post's own text",
        "ru": "Написанное моделью для {network} расходилось с постом ({value}): здесь текст самого поста",
    },
    "stranger": {
        "en": "The draft names something that the post may not: look at its names",
        "ru": "В черновике названо то, чего в посте может не быть: проверьте названия",
    },
    "as_told": {
        "en": "{network} likes a story: this is the post as it is, under an opening line of its own",
        "ru": "В {network} любят историю: здесь пост как есть, с первой строкой из него самого",
    },
    "empty": {
        "en": "The post has no text: there is only its media",
        "ru": "В посте нет текста, только медиа",
    },
    "edit_language": {
        "en": "It is not in the language that was asked for ({lang})",
        "ru": "Черновик не на том языке, который нужен ({lang})",
    },
    "edit_small_model": {
        "en": "Translated by a small model: read every line beside the post",
        "ru": "Перевела маленькая модель: сверьте каждую строку с постом",
    },
    "edit_title": {
        "en": "It needs a title of its own: this one is the beginning of its first sentence",
        "ru": "Нужен свой заголовок: здесь — начало первого предложения",
    },
    "edit_title_again": {
        "en": "It needs a title of its own: the text begins with the same words",
        "ru": "Нужен свой заголовок: текст начинается с тех же слов",
    },
    "edit_across": {
        "en": "A line that you wanted changed lies across two parts: «{value}»",
        "ru": "Строка, которую вы хотели изменить, лежит в двух частях: «{value}»",
    },
    "edit_lost": {
        "en": "Something of the post is missing: see below",
        "ru": "Часть поста не вошла: смотрите ниже",
    },
    "edit_too_long": {
        "en": "A part is over the limit",
        "ru": "Часть длиннее, чем можно",
    },
    "learnt": {
        "en": "As you changed it before: {value}",
        "ru": "Как вы правили раньше: {value}",
    },
    "dead_label": {
        "en": "“{value}” named a link that the source does not have: left out, add the link",
        "ru": "«{value}» — подпись к ссылке, которой в источнике нет: убрано, добавьте ссылку",
    },
    "caption": {
        "en": "Sentences of the post in the caption: {count}, links and tags under them; the post is in the carousel",
        "ru": "Предложений поста в подписи: {count}, под ними — ссылки и теги; сам пост — в карусели",
    },
    "slides_left": {
        "en": "{network} takes {limit} pictures: {left} with the least news are left out of the carousel",
        "ru": "В карусели {network} — до {limit} картинок: не вошли те, в которых меньше нового ({left})",
    },
    "tags_apart": {
        "en": "Tags for {network}, which has a field for them: {value}",
        "ru": "Теги для {network}, для них там есть поле: {value}",
    },
    "on_picture_code": {"en": "The code is in the picture{number}.", "ru": "Код — на картинке{number}."},
    "on_picture_table": {"en": "The table is in the picture{number}.", "ru": "Таблица — на картинке{number}."},
    "on_picture_formula": {"en": "The formula is in the picture{number}.", "ru": "Формула — на картинке{number}."},
    "slides": {"en": "Carousel of {count}: {name} …", "ru": "Карусель, картинок: {count}, {name} …"},
    "pictures": {"en": "Pictures: {count}, {name} …", "ru": "Картинок: {count}, {name} …"},
    "to_edit": {"en": "To be edited", "ru": "Нужна правка"},
    "finished": {"en": "Ready to post", "ru": "Можно публиковать"},
    "why_untranslated": {"en": "not translated", "ru": "не переведено"},
    "why_language": {"en": "in another language", "ru": "на другом языке"},
    "why_label": {"en": "a label without its link", "ru": "подпись без ссылки"},
    "why_elsewhere": {"en": "that is in Telegram, not here", "ru": "это есть в Telegram, а здесь нет"},
    "why_unshown": {"en": "what it hands over is not here", "ru": "того, чем пост делится, здесь нет"},
    "why_formula": {"en": "a formula that is only drawn in TeX", "ru": "формула, которую видно только в TeX"},
    "why_name": {"en": "a name is lost", "ru": "потеряно название"},
    "why_term": {"en": "a term is mistaken", "ru": "не тот термин"},
    "why_count": {"en": "a number is said differently", "ru": "число сказано иначе"},
    "why_person": {"en": "who does it, and to whom?", "ru": "кто и с кем это делает?"},
    "why_negation": {"en": "is it so or not?", "ru": "«да» или «не»?"},
    "why_modality": {"en": "can or must?", "ru": "может или должно?"},
    "why_direction": {"en": "more or less?", "ru": "больше или меньше?"},
    "why_order": {"en": "before or after?", "ru": "до или после?"},
    "why_unit": {"en": "what does the number measure?", "ru": "что измеряет число?"},
    "why_compared": {"en": "compared with what?", "ru": "с чем сравнивается?"},
    "why_incomplete": {"en": "something is missing or added", "ru": "чего-то не хватает или добавлено"},
    "link": {"en": "link", "ru": "ссылка"},
    "number": {"en": "number", "ru": "число"},
    "mention": {"en": "mention", "ru": "упоминание"},
    "code": {"en": "code", "ru": "код"},
}


def say(lang: str, key: str, /, **values: object) -> str:
    """A message in `lang` (`ru`, else English)."""
    return told(fill(_MESSAGES, key, **values), "ru" if lang == "ru" else "en")
