"""What is wrong with course files and subtitles, and the cure."""

from __future__ import annotations

from konspekt.bilingual import Texts

COURSE: Texts = {
    "bad_bytes": {
        "en": "bytes that are not UTF-8: {count}, shown as «�» (line {lines}); the rest is read",
        "ru": "байтов не в UTF-8: {count}, вместо них «�» (строка {lines}); остальное прочитано",
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
