"""What sources say of files, links and settings that are wrong, and the cure, in English and Russian."""

from __future__ import annotations

from bilingual import Bilingual, Texts, fill

MESSAGES: Texts = {
    "unreadable": {
        "en": "it cannot be read: {reason}",
        "ru": "не читается: {reason}",
    },
    "check_file": {
        "en": "check the file and its permissions",
        "ru": "проверьте файл и права на него",
    },
    "empty_file": {
        "en": "the file is empty",
        "ru": "файл пуст",
    },
    "copy_again": {
        "en": "copy it again, or remove it",
        "ru": "скопируйте его заново или удалите",
    },
    "too_large": {
        "en": "it is larger than {limit} MB",
        "ru": "он больше {limit} МБ",
    },
    "binary": {
        "en": "it holds binary data, not text",
        "ru": "в нём двоичные данные, а не текст",
    },
    "true_extension": {
        "en": "check the file, or give it its true extension",
        "ru": "проверьте файл или дайте ему верное расширение",
    },
    "unknown_encoding": {
        "en": "its encoding is unknown",
        "ru": "кодировка не определяется",
    },
    "save_utf8": {
        "en": "save it as UTF-8",
        "ru": "сохраните его в UTF-8",
    },
    "no_path": {
        "en": "this is no path",
        "ru": "это не путь",
    },
    "no_path_because": {
        "en": "this is no path: {reason}",
        "ru": "это не путь: {reason}",
    },
    "give_path": {
        "en": "give a file, a folder or a t.me link",
        "ru": "укажите файл, папку или ссылку t.me",
    },
    "missing": {
        "en": "there is no such file or folder",
        "ru": "такого файла или папки нет",
    },
    "check_path": {
        "en": "check the path; a link to a channel is written https://t.me/s/<channel>",
        "ru": "проверьте путь; ссылка на канал пишется так: https://t.me/s/<канал>",
    },
    "folder_not_recognised": {
        "en": "nothing in this folder is recognised",
        "ru": "в этой папке нет ничего знакомого",
    },
    "file_not_recognised": {
        "en": "this kind of file is not recognised",
        "ru": "файлы такого вида не читаются",
    },
    "accepted": {
        "en": "accepted are Telegram Desktop exports (result.json, messages.html), saved or linked "
        "t.me/s/<channel> pages, text dumps of channel pages (.txt), course files (.md .html .pdf .docx "
        ".pptx .ipynb .txt) and subtitles (.srt .vtt)",
        "ru": "читаются выгрузки Telegram Desktop (result.json, messages.html), сохранённые страницы "
        "t.me/s/<канал> и ссылки на них, текстовые копии страниц канала (.txt), файлы курса (.md .html "
        ".pdf .docx .pptx .ipynb .txt) и субтитры (.srt .vtt)",
    },
    "account_html": {
        "en": "the HTML export of a whole account does not tell channels from private chats",
        "ru": "в HTML-выгрузке всего аккаунта каналы не отличить от личных чатов",
    },
    "account_html_cure": {
        "en": "give the folder of one chat (chats/chat_…), or export as JSON",
        "ru": "укажите папку одного чата (chats/chat_…) или выгрузите в JSON",
    },
    "no_link": {
        "en": "this is no link: {reason}",
        "ru": "это не ссылка: {reason}",
    },
    "other_site": {
        "en": "only channels on t.me can be read from the web",
        "ru": "из сети читаются только каналы на t.me",
    },
    "write_link": {
        "en": "write https://t.me/s/<channel>",
        "ru": "напишите https://t.me/s/<канал>",
    },
    "no_channel": {
        "en": "this link names no public channel",
        "ru": "эта ссылка не ведёт на открытый канал",
    },
    "private_channel": {
        "en": "a private channel has no web page: export it with Telegram Desktop",
        "ru": "у закрытого канала нет веб-страницы: выгрузите его через Telegram Desktop",
    },
    "bad_username": {
        "en": "{value!r} is not a username",
        "ru": "{value!r} — не имя пользователя",
    },
    "write_username": {
        "en": "write `Channel name=username`, without spaces",
        "ru": "напишите `Название канала=username`, без пробелов",
    },
    "no_equals": {
        "en": "{pair!r} has no `=`",
        "ru": "в {pair!r} нет `=`",
    },
    "write_pair": {
        "en": "write `name=value`",
        "ru": "напишите `имя=значение`",
    },
    "no_export": {
        "en": "it is not a Telegram Desktop export ({damage})",
        "ru": "это не выгрузка Telegram Desktop ({damage})",
    },
    "no_channel_in_export": {
        "en": "it holds no channel with messages",
        "ru": "в нём нет канала с сообщениями",
    },
    "export_again": {
        "en": "export the chat again (Telegram Desktop, Export chat history, JSON)",
        "ru": "выгрузите чат ещё раз (Telegram Desktop, «Экспорт истории чата», JSON)",
    },
    "export_again_rest": {
        "en": "export the chat again (Telegram Desktop, Export chat history, JSON); the other posts are read",
        "ru": "выгрузите чат ещё раз (Telegram Desktop, «Экспорт истории чата», JSON); остальные посты прочитаны",
    },
    "export_not_utf8": {
        "en": "its text is not UTF-8 ({damaged} of {total} characters looked at are damaged)",
        "ru": "текст не в UTF-8 (испорчено {damaged} из {total} просмотренных знаков)",
    },
    "export_not_utf8_cure": {
        "en": "it was saved in another encoding on the way: export the chat again (Telegram Desktop, Export chat "
        "history, JSON)",
        "ru": "файл по дороге пересохранили в другой кодировке: выгрузите чат ещё раз (Telegram Desktop, "
        "«Экспорт истории чата», JSON)",
    },
    "after_message": {
        "en": "{path}, after message {id}",
        "ru": "{path}, после сообщения {id}",
    },
    "json_place": {
        "en": "{path}, before byte {byte}, after message {id}",
        "ru": "{path}, до байта {byte}, после сообщения {id}",
    },
    "json_place_line": {
        "en": "{path}, about line {line}, before byte {byte}, after message {id}",
        "ru": "{path}, около строки {line}, до байта {byte}, после сообщения {id}",
    },
    "json_broken": {
        "en": "the JSON breaks off or is broken: {reason}",
        "ru": "JSON обрывается или испорчен: {reason}",
    },
    "json_premature": {
        "en": "premature end",
        "ru": "неожиданный конец",
    },
    "message_no_object": {
        "en": "a message is an object, not {found}",
        "ru": "сообщение — не объект, а {found}",
    },
    "message_no_id": {
        "en": "it has no numeric id",
        "ru": "у сообщения нет числового id",
    },
    "no_export_page": {
        "en": "it is not a page of a Telegram Desktop export: no header with a name",
        "ru": "это не страница выгрузки Telegram Desktop: нет заголовка с названием",
    },
    "export_html_again": {
        "en": "export the chat again (Telegram Desktop, Export chat history); JSON says more than HTML",
        "ru": "выгрузите чат ещё раз (Telegram Desktop, «Экспорт истории чата»); в JSON больше сведений, чем в HTML",
    },
    "export_json": {
        "en": "export the chat as JSON",
        "ru": "выгрузите чат в JSON",
    },
    "save_page_again": {
        "en": "save the page again",
        "ru": "сохраните страницу ещё раз",
    },
    "save_one_page": {
        "en": "save one page of the channel",
        "ru": "сохраните одну страницу канала",
    },
    "page_without_posts": {
        "en": "it looks like a channel page, but there is no post in it",
        "ru": "похоже на страницу канала, но постов в ней нет",
    },
    "save_channel_page": {
        "en": "save https://t.me/s/<channel> again",
        "ru": "сохраните https://t.me/s/<канал> ещё раз",
    },
    "no_preview": {
        "en": "this channel has no public page",
        "ru": "у этого канала нет открытой страницы",
    },
    "no_preview_cure": {
        "en": "its owner may have switched the preview off; export it with Telegram Desktop instead",
        "ru": "владелец мог отключить предпросмотр; выгрузите канал через Telegram Desktop",
    },
    "older_not_read": {
        "en": "older posts than {pages} pages were not read",
        "ru": "посты старше {pages} страниц не прочитаны",
    },
    "export_instead": {
        "en": "export it with Telegram Desktop",
        "ru": "выгрузите канал через Telegram Desktop",
    },
    "times_in_a_row": {
        "en": "{what}, {times} times in a row",
        "ru": "{what}, {times} раза подряд",
    },
    "later": {
        "en": "try again later",
        "ru": "попробуйте позже",
    },
    "server_answers": {
        "en": "the server answers {status}",
        "ru": "сервер отвечает {status}",
    },
    "check_channel": {
        "en": "check the channel's name",
        "ru": "проверьте имя канала",
    },
    "page_too_large": {
        "en": "the page is larger than {limit} MB",
        "ru": "страница больше {limit} МБ",
    },
    "no_channel_page": {
        "en": "this is no channel page",
        "ru": "это не страница канала",
    },
    "no_answer": {
        "en": "the server does not answer",
        "ru": "сервер не отвечает",
    },
    "no_connection": {
        "en": "there is no connection ({reason})",
        "ru": "нет соединения ({reason})",
    },
    "not_fetched": {
        "en": "it cannot be fetched ({reason})",
        "ru": "не загружается ({reason})",
    },
    "check_link": {
        "en": "check the link",
        "ru": "проверьте ссылку",
    },
    "split_dump": {
        "en": "split it, or export as JSON",
        "ru": "разделите его или выгрузите в JSON",
    },
    "no_post": {
        "en": "no post was found in it",
        "ru": "в нём не нашлось ни одного поста",
    },
    "no_post_cure": {
        "en": "check that it holds the text of a channel page",
        "ru": "проверьте, что это текст страницы канала",
    },
    "not_read": {
        "en": "{suffix} is not read",
        "ru": "{suffix} не читается",
    },
    "no_suffix": {
        "en": "a file without extension",
        "ru": "файл без расширения",
    },
    "save_readable": {
        "en": "save it as Markdown or PDF",
        "ru": "сохраните его в Markdown или PDF",
    },
    "no_text": {
        "en": "it has no text",
        "ru": "в нём нет текста",
    },
    "fill_in": {
        "en": "fill it in, or remove it",
        "ru": "заполните его или удалите",
    },
    "only_pictures": {
        "en": "it has no text, only pictures or nothing",
        "ru": "в нём нет текста: только картинки или совсем пусто",
    },
    "slides_without_text": {
        "en": "its slides have no text, only pictures",
        "ru": "на слайдах нет текста, только картинки",
    },
    "run_ocr": {
        "en": "export it with text, or run OCR over it",
        "ru": "сохраните его с текстом или распознайте (OCR)",
    },
    "notebook_not_json": {
        "en": "line {line} is not valid JSON: {reason}",
        "ru": "строка {line} — не JSON: {reason}",
    },
    "notebook_save_again": {
        "en": "open it in Jupyter and save it again",
        "ru": "откройте его в Jupyter и сохраните снова",
    },
    "notebook_no_cells": {
        "en": "it has no cells of format 4",
        "ru": "в нём нет ячеек формата 4",
    },
    "notebook_convert": {
        "en": "run `jupyter nbconvert --to notebook --nbformat 4` on it",
        "ru": "выполните для него `jupyter nbconvert --to notebook --nbformat 4`",
    },
    "notebook_empty": {
        "en": "its cells are empty",
        "ru": "его ячейки пусты",
    },
    "notebook_empty_cure": {
        "en": "save the notebook again, or remove it",
        "ru": "сохраните блокнот снова или удалите его",
    },
    "office_password": {
        "en": "it is protected by a password, or saved in the old format",
        "ru": "он закрыт паролем или сохранён в старом формате",
    },
    "office_password_cure": {
        "en": "save a copy as DOCX/PPTX without one",
        "ru": "сохраните копию в DOCX/PPTX без пароля",
    },
    "damaged": {
        "en": "it is damaged or no {kind} ({reason})",
        "ru": "он повреждён, или это не {kind} ({reason})",
    },
    "export_file_again": {
        "en": "download or export it again",
        "ru": "скачайте или сохраните его заново",
    },
    "front_matter": {
        "en": "its front matter is not valid YAML",
        "ru": "его шапка — не YAML",
    },
    "front_matter_cure": {
        "en": "put the title in quotes, or remove the block",
        "ru": "возьмите заголовок в кавычки или уберите шапку",
    },
    "pdf_password": {
        "en": "it is protected by a password",
        "ru": "он закрыт паролем",
    },
    "pdf_password_cure": {
        "en": "save a copy without the password",
        "ru": "сохраните копию без пароля",
    },
    "no_pages": {
        "en": "it has no pages",
        "ru": "в нём нет страниц",
    },
    "no_text_layer": {
        "en": "its {pages} page(s) have no text layer: it is a scan or pictures",
        "ru": "в нём нет текстового слоя (страниц: {pages}): это скан или картинки",
    },
    "no_text_layer_cure": {
        "en": "run OCR over it first, e.g. `ocrmypdf -l rus+eng in.pdf out.pdf`",
        "ru": "сначала распознайте его, например `ocrmypdf -l rus+eng in.pdf out.pdf`",
    },
    "no_subtitles": {
        "en": "no subtitle was found in it",
        "ru": "в нём нет ни одного субтитра",
    },
    "no_subtitles_cure": {
        "en": "check that it is a whole .srt or .vtt file",
        "ru": "проверьте, что это целый файл .srt или .vtt",
    },
    "subtitle_time": {
        "en": "the time of this subtitle cannot be read",
        "ru": "время этого субтитра не читается",
    },
    "subtitle_time_cure": {
        "en": "write it as 00:12:34,000 --> 00:12:38,000",
        "ru": "запишите его так: 00:12:34,000 --> 00:12:38,000",
    },
    "video_address": {
        "en": "the video address {address!r} is not a web address",
        "ru": "адрес видео {address!r} — не веб-адрес",
    },
    "video_address_cure": {
        "en": "start it with https://",
        "ru": "начните его с https://",
    },
}


def say(key: str, /, **values: object) -> Bilingual:
    return fill(MESSAGES, key, **values)
