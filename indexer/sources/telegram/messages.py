"""What is wrong with an export, a page or a text dump of a channel, and the cure."""

from __future__ import annotations

from konspekt.bilingual import Texts

TELEGRAM: Texts = {
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
    "no_channel_in_export": {
        "en": "it holds no channel with messages",
        "ru": "в нём нет канала с сообщениями",
    },
    "export_again": {
        "en": "export the chat again (Telegram Desktop, Export chat history, JSON)",
        "ru": "выгрузите чат ещё раз (Telegram Desktop, «Экспорт истории чата», JSON)",
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
    "line_place": {
        "en": "{path}, line {line}",
        "ru": "{path}, строка {line}",
    },
    "message_place": {
        "en": "{path}, line {line}, message {id}",
        "ru": "{path}, строка {line}, сообщение {id}",
    },
    "place_after": {
        "en": "{place}, after message {id}",
        "ru": "{place}, после сообщения {id}",
    },
    "message_damaged": {
        "en": "this message is damaged and was not read",
        "ru": "это сообщение испорчено и не прочитано",
    },
    "stray_text": {
        "en": "this is no message and was passed over: «{text}»",
        "ru": "это не сообщение, оно пропущено: «{text}»",
    },
    "export_broken_off": {
        "en": "the file breaks off here; what stood from here on was not read",
        "ru": "здесь файл обрывается; всё, что было дальше, не прочитано",
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
}
