"""What `konspekt quantize` says, in English and Russian."""

from __future__ import annotations

from konspekt.bilingual import Bilingual, Texts, fill

MESSAGES: Texts = {
    "unknown_format": {
        "en": "format {name!r} is unknown; there are {known}",
        "ru": "формат {name!r} неизвестен; есть {known}",
    },
    "wrong_method": {
        "en": "{name} is made by {methods}, not by {method}",
        "ru": "{name} делается методом {methods}, а не {method}",
    },
    "needs_calibration": {
        "en": "{method} calibrates on a text: give one with --calibration FILE",
        "ru": "{method} калибруется на тексте: укажите его через --calibration FILE",
    },
    "out_not_empty": {
        "en": "{path} exists and is not empty: choose another folder, or remove it",
        "ru": "{path} уже есть и не пуста: выберите другую папку или удалите эту",
    },
    "rotate_kind": {
        "en": "{kind} cannot be rotated, {known} can: leave --rotate out",
        "ru": "модели {kind} не поворачиваются, можно {known}: уберите --rotate",
    },
    "rotated": {
        "en": "rotated before: the output head has a matrix of its own (Q8_0 in GGUF)",
        "ru": "перед этим повёрнута: у выходного слоя своя матрица (в GGUF — Q8_0)",
    },
    "no_such_model": {
        "en": "{path}: there is no such file or folder",
        "ru": "{path}: нет такого файла или папки",
    },
    "no_config": {
        "en": "{path}: no config.json, so this is no transformers folder; a GGUF file is taken too",
        "ru": "{path}: нет config.json, значит, это не папка transformers; можно дать и файл GGUF",
    },
    "not_gguf": {
        "en": "{path}: not a GGUF file (its first four bytes are not `GGUF`)",
        "ru": "{path}: это не файл GGUF (его первые четыре байта — не `GGUF`)",
    },
    "not_loaded": {
        "en": "{path}: transformers cannot load it: {reason}",
        "ru": "{path}: transformers не может её загрузить: {reason}",
    },
    "lacks": {
        "en": "{path}: {count} tensors of the model are missing, {name} is one",
        "ru": "{path}: не хватает тензоров модели: {count}, среди них {name}",
    },
    "no_layers": {
        "en": "{path}: {kind} has no decoder layers with plain matrices",
        "ru": "{path}: в {kind} нет слоёв декодера с обычными матрицами",
    },
    "mixture": {
        "en": "{path}: mixtures of experts are not quantised here; `konspekt serve --model {path}` runs it (weights "
        "of a folder are rounded while it is read, see --weight-format)",
        "ru": "{path}: смеси экспертов здесь не квантуются; `konspekt serve --model {path}` запускает её (веса папки "
        "округляются при чтении, см. --weight-format)",
    },
    "without_head": {
        "en": "its prediction head was left out: what is written here has no place for one",
        "ru": "её слой, угадывающий вперёд (prediction head), опущен: ему нет места в том, что здесь пишется",
    },
    "text_unreadable": {
        "en": "{path}: cannot be read as UTF-8 text: {reason}",
        "ru": "{path}: не читается как текст в UTF-8: {reason}",
    },
    "text_short": {
        "en": "{paths}: {count} tokens are too few, {least} at the least",
        "ru": "{paths}: токенов {count}, этого мало, нужно хотя бы {least}",
    },
    "columns": {
        "en": "layer {layer}, {name}: {columns} columns do not divide into {unit}, which {format} asks for; "
        "try a format with smaller groups",
        "ru": "слой {layer}, {name}: {columns} столбцов не делятся на {unit}, как того требует {format}; "
        "возьмите формат с меньшими группами",
    },
    "matrix": {
        "en": "layer {layer}, {name}: {reason}",
        "ru": "слой {layer}, {name}: {reason}",
    },
    "vocabulary": {
        "en": "{path}: its tokenizer cannot be written as GGUF: {known} can; take a format that becomes a folder",
        "ru": "{path}: её токенизатор нельзя записать как GGUF, можно {known}; возьмите формат, который пишется папкой",
    },
    "no_place": {
        "en": "tensor {name} has no place in GGUF's families that are written here",
        "ru": "тензору {name} нет места в тех семействах GGUF, которые здесь пишутся",
    },
    "kept": {
        "en": "{count} of {of} matrices were packed so already: they are kept bit for bit",
        "ru": "матриц, которые уже так упакованы и сохранены бит в бит: {count} из {of}",
    },
    "gguf_kind": {
        "en": "models of type {kind} cannot be written as GGUF: {known} can",
        "ru": "модели типа {kind} нельзя записать как GGUF, можно {known}",
    },
    "not_written": {
        "en": "{path}: cannot be written: {reason}",
        "ru": "{path}: не записать: {reason}",
    },
    "no_tensor": {
        "en": "{path}: has no tensor {name}, which its model has",
        "ru": "{path}: нет тензора {name}, который есть в модели",
    },
    "interrupted": {
        "en": "interrupted; nothing was written",
        "ru": "прервано; ничего не записано",
    },
    "missing_words": {
        "en": "{names} must be given; `konspekt quantize --help` has examples",
        "ru": "нужно указать {names}; примеры — в `konspekt quantize --help`",
    },
    "loading": {"en": "loading", "ru": "загрузка"},
    "perplexity_before": {"en": "perplexity before", "ru": "перплексия до"},
    "perplexity_after": {"en": "perplexity after", "ru": "перплексия после"},
    "quantising": {"en": "quantising layer", "ru": "квантуется слой"},
    "made": {
        "en": "{format} by {method}: {bits:.2f} bits a weight, {megabytes:,.1f} MB",
        "ru": "{format} методом {method}: {bits:.2f} бита на вес, {megabytes:,.1f} МБ",
    },
    "others": {
        "en": "{count} of {of} matrices are {name}: they count more, or their columns do not divide into 256",
        "ru": "матриц в {name}: {count} из {of}, они важнее, или их столбцы не делятся на 256",
    },
    "errors_of_outputs": {
        "en": "squared error of outputs: {mean} on average; most in {worst}",
        "ru": "квадрат ошибки выходов: в среднем {mean}; больше всего {worst}",
    },
    "errors_of_weights": {
        "en": "squared error of weights: {mean} on average; most in {worst}",
        "ru": "квадрат ошибки весов: в среднем {mean}; больше всего {worst}",
    },
    "no_error": {
        "en": "nothing was lost: every weight is what it was",
        "ru": "ничего не потеряно: все веса прежние",
    },
    "worst": {
        "en": "layer {layer} {name} {error}",
        "ru": "слой {layer} {name} {error}",
    },
    "no_perplexity": {
        "en": "perplexity: not measured; --text FILE measures it",
        "ru": "перплексия не измерена; её измеряет --text FILE",
    },
    "perplexity": {
        "en": "perplexity: {before:.2f} before, {after:.2f} after ({tokens} tokens)",
        "ru": "перплексия: {before:.2f} до, {after:.2f} после ({tokens} токенов)",
    },
    "serve_it": {
        "en": "serve it: konspekt serve --model {path}",
        "ru": "запустить: konspekt serve --model {path}",
    },
    "served_as": {
        "en": "serve it: konspekt serve --model {path} (on a GPU as it is; the CPU reads it as {name})",
        "ru": "запустить: konspekt serve --model {path} (на GPU как есть, на CPU при чтении станет {name})",
    },
}

WHAT: Texts = {  # one line per format, for --list
    "Q8_0": {"en": "GGUF, 8.5 bits", "ru": "GGUF, 8,5 бита"},
    "Q6_K": {"en": "GGUF, 6.56 bits", "ru": "GGUF, 6,56 бита"},
    "Q5_1": {"en": "GGUF, 6 bits", "ru": "GGUF, 6 бит"},
    "Q5_K": {"en": "GGUF, 5.5 bits", "ru": "GGUF, 5,5 бита"},
    "Q5_0": {"en": "GGUF, 5.5 bits", "ru": "GGUF, 5,5 бита"},
    "Q4_1": {"en": "GGUF, 5 bits", "ru": "GGUF, 5 бит"},
    "Q4_K_M": {"en": "Q4_K, Q6_K where it counts most", "ru": "Q4_K, а где важнее — Q6_K"},
    "Q4_K": {"en": "GGUF, 4.5 bits", "ru": "GGUF, 4,5 бита"},
    "Q4_0": {"en": "GGUF, 4.5 bits", "ru": "GGUF, 4,5 бита"},
    "IQ4_NL": {"en": "GGUF, 4.5 bits, levels not even", "ru": "GGUF, 4,5 бита, уровни неравномерны"},
    "Q3_K": {"en": "GGUF, 3.44 bits", "ru": "GGUF, 3,44 бита"},
    "Q2_K": {"en": "GGUF, 2.63 bits", "ru": "GGUF, 2,63 бита"},
    "int4-g32": {"en": "GPTQ's layout, groups of 32 columns", "ru": "раскладка GPTQ, группы по 32 столбца"},
    "int4-g64": {"en": "GPTQ's layout, groups of 64 columns", "ru": "раскладка GPTQ, группы по 64 столбца"},
    "int4-g128": {"en": "GPTQ's layout, groups of 128 columns", "ru": "раскладка GPTQ, группы по 128 столбцов"},
    "int8": {"en": "one scale a row", "ru": "один масштаб на строку"},
    "fp8": {"en": "E4M3, one scale a row", "ru": "E4M3, один масштаб на строку"},
    "matquant": {"en": "8 bits, whose top 4 and 2 are models", "ru": "8 бит, старшие 4 и 2 — тоже модели"},
    "matquant-4": {"en": "the top 4 bits of that", "ru": "её старшие 4 бита"},
    "matquant-2": {"en": "the top 2 bits of that", "ru": "её старшие 2 бита"},
    "paretoq-4": {"en": "LSQ grid", "ru": "сетка LSQ"},
    "paretoq-3": {"en": "LSQ grid", "ru": "сетка LSQ"},
    "paretoq-2": {"en": "SEQ grid", "ru": "сетка SEQ"},
    "paretoq-1.58": {"en": "three levels, five a byte", "ru": "три уровня, пять в байте"},
    "paretoq-1": {"en": "signs", "ru": "знаки"},
    "quest-8": {"en": "rotated, normal grid of 8 bits", "ru": "поворот, нормальная сетка 8 бит"},
    "quest-4": {"en": "rotated, normal grid of 4 bits", "ru": "поворот, нормальная сетка 4 бита"},
    "e8p-4": {"en": "QuIP# lattice, twice", "ru": "решётка QuIP#, дважды"},
    "e8p-3": {"en": "QuIP# lattice and E8's 256 points", "ru": "решётка QuIP# и 256 точек E8"},
    "e8p-2": {"en": "QuIP# lattice, 2 bits", "ru": "решётка QuIP#, 2 бита"},
}


def say(key: str, /, **values: object) -> Bilingual:
    return fill(MESSAGES, key, **values)
