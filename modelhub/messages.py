"""What fetching a model says when something is wrong, in English and Russian."""

from __future__ import annotations

from konspekt.bilingual import Bilingual, Texts, fill

MESSAGES: Texts = {
    "unknown_model": {
        "en": "no model {name!r}: not a known name ({known}), not an existing path, not org/repo",
        "ru": "модели {name!r} нет: это не известное имя ({known}), не путь к файлу и не org/repo",
    },
    "no_such_path": {
        "en": "no model {name!r}: there is no such file or folder; known names: {known}",
        "ru": "модели {name!r} нет: такого файла или папки не существует; известные имена: {known}",
    },
    "not_fetched": {
        "en": "could not fetch {model}:\n  {reasons}\nWhat has arrived is kept; run it again, or put the file "
        "there yourself: {path}",
        "ru": "не удалось скачать {model}:\n  {reasons}\nСкачанное сохранено; запустите ещё раз или положите "
        "файл сами: {path}",
    },
    "no_space": {
        "en": "{file} needs {needed} MiB in {folder}, {free} MiB are free; make room or set MODELS_DIR to another disk",
        "ru": "для {file} нужно {needed} МиБ в {folder}, свободно {free} МиБ; освободите место или укажите в "
        "MODELS_DIR другой диск",
    },
    "wrong_delivery": {
        "en": "what was delivered is not the published {file}: {detail}",
        "ru": "скачался не тот {file}, что опубликован: {detail}",
    },
    "wrong_size": {
        "en": "{found} bytes instead of {size}",
        "ru": "{found} байт вместо {size}",
    },
    "wrong_hash": {
        "en": "SHA-256 {found} instead of {sha256}",
        "ru": "SHA-256 {found} вместо {sha256}",
    },
    "wrong_blob": {
        "en": "git hash {found} instead of {git}",
        "ru": "git-хеш {found} вместо {git}",
    },
    "no_revision": {
        "en": "{hub} does not say at which revision {repo} is; try again later, or fetch the files yourself",
        "ru": "{hub} не называет ревизию {repo}; попробуйте позже или скачайте файлы сами",
    },
    "file_size": {
        "en": "{path}: {found} bytes instead of {size}; delete the file and fetch it again",
        "ru": "{path}: {found} байт вместо {size}; удалите файл и скачайте снова",
    },
    "file_hash": {
        "en": "{path}: SHA-256 is {found}, published is {sha256}; delete the file and fetch it again",
        "ru": "{path}: SHA-256 — {found}, а опубликован {sha256}; удалите файл и скачайте снова",
    },
    "no_connection": {
        "en": "cannot connect: {reason}",
        "ru": "нет соединения: {reason}",
    },
    "http_status": {
        "en": "HTTP {status} for {url}",
        "ru": "HTTP {status} для {url}",
    },
    "connection_lost": {
        "en": "connection lost at byte {at}: {reason}",
        "ru": "соединение оборвалось на байте {at}: {reason}",
    },
    "hub_unreachable": {
        "en": "cannot reach {hub}: {reason}",
        "ru": "{hub} недоступен: {reason}",
    },
    "no_repository": {
        "en": "{hub} has no public repository {repo}; check the id",
        "ru": "на {hub} нет открытого репозитория {repo}; проверьте имя",
    },
    "file_list": {
        "en": "{hub}: HTTP {status} for the file list of {repo}",
        "ru": "{hub}: HTTP {status} вместо списка файлов {repo}",
    },
    "no_file": {
        "en": "{repo} has no file {file}; it has: {names}",
        "ru": "в {repo} нет файла {file}; есть: {names}",
    },
    "several_files": {
        "en": "{repo} has several GGUF files; name one as {repo}:FILE, of: {names}",
        "ru": "в {repo} несколько файлов GGUF; назовите один так: {repo}:ФАЙЛ, из: {names}",
    },
    "no_weights": {
        "en": "{repo} has neither GGUF nor safetensors files",
        "ru": "в {repo} нет ни GGUF, ни safetensors",
    },
    "pip_failed": {
        "en": "pip download {requirement}: {reason}",
        "ru": "pip download {requirement}: {reason}",
    },
    "pip_status": {
        "en": "pip exited with {status}",
        "ru": "pip завершился с кодом {status}",
    },
    "too_many_bytes": {
        "en": "{requirement} carries more bytes than the published file has",
        "ru": "в {requirement} больше байт, чем в опубликованном файле",
    },
    "no_member": {
        "en": "{requirement} has no member {member}",
        "ru": "в {requirement} нет файла {member}",
    },
    "bad_wheel": {
        "en": "{requirement} is not a readable wheel: {reason}",
        "ru": "{requirement} не читается как wheel: {reason}",
    },
}


def say(key: str, /, **values: object) -> Bilingual:
    return fill(MESSAGES, key, **values)
