"""What is wrong with a model's file, in English and Russian: which key or tensor, what it should be, what to do."""

from __future__ import annotations

from konspekt.bilingual import Bilingual, Texts, fill

MESSAGES: Texts = {
    # what to do
    "another": {
        "en": "take another model (`konspekt models list` names some)",
        "ru": "возьмите другую модель (некоторые перечислит `konspekt models list`)",
    },
    "again": {
        "en": "the file is damaged or was made wrongly: fetch it again, or take another one",
        "ru": "файл повреждён или собран неправильно: скачайте его снова или возьмите другой",
    },
    # metadata
    "value": {
        "en": "{key} = {value}: {want}; {cure}",
        "ru": "{key} = {value}: {want}; {cure}",
    },
    "want_integer": {
        "en": "a whole number from {low} to {high} is wanted",
        "ru": "нужно целое число от {low} до {high}",
    },
    "want_number": {
        "en": "a number from {low} to {high} is wanted",
        "ru": "нужно число от {low} до {high}",
    },
    "want_text": {
        "en": "text is wanted",
        "ru": "нужна строка",
    },
    "want_flag": {
        "en": "true or false is wanted",
        "ru": "нужно true или false",
    },
    "want_list": {
        "en": "a list of {count} {what} is wanted",
        "ru": "нужен список: {count} {what}",
    },
    "want_any_list": {
        "en": "a list of {what} is wanted",
        "ru": "нужен список: {what}",
    },
    "texts": {
        "en": "texts",
        "ru": "строк",
    },
    "integers": {
        "en": "whole numbers",
        "ru": "целых чисел",
    },
    "numbers": {
        "en": "numbers",
        "ru": "чисел",
    },
    "want_object": {
        "en": "an object of settings is wanted",
        "ru": "нужен объект с настройками",
    },
    "want_power": {
        "en": "a power of two is wanted",
        "ru": "нужна степень двойки",
    },
    "want_even": {
        "en": "an even number is wanted, at most the {head_dim} dimensions of a head",
        "ru": "нужно чётное число, не больше размера головы ({head_dim})",
    },
    "want_divisor": {
        "en": "the {heads} query heads must divide evenly among them",
        "ru": "на них должны поровну делиться головы запросов ({heads})",
    },
    "lacks": {
        "en": "the metadata lacks {key}; {cure}",
        "ru": "в метаданных нет {key}; {cure}",
    },
    "family": {
        "en": "this family is not supported, there are {known}",
        "ru": "это семейство не поддерживается, есть {known}",
    },
    "mixtures": {
        "en": "of mixtures of experts there are {known}",
        "ru": "из смесей экспертов есть {known}",
    },
    "routing": {
        "en": "experts are chosen by a softmax whose best are brought to a sum of one",
        "ru": "эксперты выбираются по softmax, и веса лучших приводятся к сумме 1",
    },
    "gating": {
        "en": "experts are chosen by a softmax or a sigmoid here, as DeepSeek-V2 and V3 do it",
        "ru": "здесь эксперты выбираются по softmax или sigmoid, как в DeepSeek-V2 и V3",
    },
    "biased": {
        "en": "this family is computed without biases here",
        "ru": "это семейство считается здесь без смещений (bias)",
    },
    "want_divisor_of": {
        "en": "the {count} experts must divide evenly among groups that hold all that a token is sent to",
        "ru": "экспертов ({count}) нужно поровну в группах, и в выбранных группах их должно хватать",
    },
    "latent_gpu": {
        "en": "multi-head latent attention is computed on the CPU alone; start with --device cpu, or take another "
        "model",
        "ru": "multi-head latent attention считается только на процессоре: запустите с --device cpu или возьмите "
        "другую модель",
    },
    "some_experts": {
        "en": "some layers with experts and some without are not supported",
        "ru": "модели, где эксперты есть лишь в части слоёв, не поддерживаются",
    },
    "layers_differ": {
        "en": "layers that differ do not fit one paged cache",
        "ru": "слои разного размера не помещаются в один страничный кеш",
    },
    "value_dim": {
        "en": "keys have {head_dim}, and both must be of one size",
        "ru": "у ключей {head_dim}, а размер должен быть одинаковым",
    },
    "head_dim": {
        "en": "heads of a multiple of 16 up to {most} dimensions are computed here",
        "ru": "здесь считаются головы, размер которых кратен 16 и не больше {most}",
    },
    "gguf_rope": {
        "en": "rope is scaled by none, linear or yarn here, yarn over whole heads",
        "ru": "здесь rope растягивается только как none, linear или yarn, yarn — по всей голове",
    },
    "unstretched": {
        "en": "take the file of this model without a stretched context, or another model",
        "ru": "возьмите файл этой модели без растянутого контекста или другую модель",
    },
    "folder_rope": {
        "en": "of a folder there are default, linear and yarn",
        "ru": "из папки читаются default, linear и yarn",
    },
    "take_gguf": {
        "en": "take the model as a GGUF file, where llama 3's factors are a tensor, or another model",
        "ru": "возьмите модель файлом GGUF, где множители llama 3 лежат тензором, или другую модель",
    },
    "activation": {
        "en": "{want} is computed here",
        "ru": "здесь считается {want}",
    },
    "want_multiple": {
        "en": "a multiple of {of} is wanted",
        "ru": "нужно число, кратное {of}",
    },
    "mixed_layers": {
        "en": "some layers must keep a state, and some must attend",
        "ru": "нужны и слои с состоянием, и слои с вниманием",
    },
    "ungated": {
        "en": "attention without an output gate is not supported in this family",
        "ru": "внимание без выходного вентиля в этом семействе не поддерживается",
    },
    "gate_in_few_bits": {
        "en": "queries and gates that are packed together in this way cannot be told apart",
        "ru": "запросы и вентили, упакованные вместе таким способом, не разделить",
    },
    "partial_rope": {
        "en": "heads rotated in part are not supported from a folder",
        "ru": "из папки не читаются модели, где rope поворачивает часть головы",
    },
    "softcapping": {
        "en": "logits that are capped softly are not supported",
        "ru": "мягкое ограничение логитов не поддерживается",
    },
    # the file itself
    "cannot_open": {
        "en": "cannot be opened: {reason}; give the path of a GGUF file or of a model's folder",
        "ru": "не открывается: {reason}; укажите путь к файлу GGUF или к папке модели",
    },
    "no_file": {
        "en": "it is no ordinary file",
        "ru": "это не обычный файл",
    },
    "not_gguf": {
        "en": "not a GGUF file (its first four bytes are not `GGUF`); take another one",
        "ru": "это не файл GGUF (он начинается не с `GGUF`); возьмите другой",
    },
    "version": {
        "en": "GGUF version {version}; versions 2 and 3 (little-endian) are supported; take another file",
        "ru": "версия GGUF {version}, а читаются 2 и 3 (little-endian); возьмите другой файл",
    },
    "cut_short": {
        "en": "the file ends in the middle of its header: it was cut short, fetch it again",
        "ru": "файл обрывается посреди заголовка: он скачан не целиком, скачайте снова",
    },
    "unknown_value": {
        "en": "{key}: a value of unknown type {kind}; {cure}",
        "ru": "{key}: значение неизвестного типа {kind}; {cure}",
    },
    "nested": {
        "en": "{key}: lists nested more than {most} deep; {cure}",
        "ru": "{key}: списки вложены глубже {most}; {cure}",
    },
    "twice": {
        "en": "{name} is there twice; {cure}",
        "ru": "{name} встречается дважды; {cure}",
    },
    # tensors
    "tensor_type": {
        "en": "tensor {name} is of the unknown type {code}; take the file in another format",
        "ru": "тензор {name} неизвестного типа {code}; возьмите файл в другом формате",
    },
    "tensor_dims": {
        "en": "tensor {name} has the shape {shape}: one to four numbers above zero are wanted; {cure}",
        "ru": "у тензора {name} размеры {shape}, а нужно от одного до четырёх чисел больше нуля; {cure}",
    },
    "tensor_rows": {
        "en": "tensor {name}: rows of {columns} do not divide into the blocks of {block} of {kind}; {cure}",
        "ru": "тензор {name}: строки по {columns} не делятся на блоки {kind} по {block}; {cure}",
    },
    "tensor_place": {
        "en": "tensor {name} lies at byte {offset}, which is no multiple of {alignment}; {cure}",
        "ru": "тензор {name} лежит с байта {offset}, который не кратен {alignment}; {cure}",
    },
    "tensor_end": {
        "en": "tensor {name} ends after the end of the file: it was cut short, fetch it again",
        "ru": "тензор {name} кончается за концом файла: он скачан не целиком, скачайте снова",
    },
    "tensor_overlap": {
        "en": "tensors {name} and {other} lie over one another; {cure}",
        "ru": "тензоры {name} и {other} наложены друг на друга; {cure}",
    },
    "tensor_missing": {
        "en": "tensor {name} is missing; {cure}",
        "ru": "нет тензора {name}; {cure}",
    },
    "no_language_model": {
        "en": "tensor token_embd.weight is missing: this is no language model; take another file",
        "ru": "нет тензора token_embd.weight: это не языковая модель; возьмите другой файл",
    },
    "tensor_shape": {
        "en": "tensor {name} has the shape {found}, and by the metadata it must have {wanted}; {cure}",
        "ru": "у тензора {name} размеры {found}, а по метаданным должны быть {wanted}; {cure}",
    },
    "tensor_kind": {
        "en": "tensor {name} is stored as {kind}, which are no weights: {known} are; {cure}",
        "ru": "тензор {name} хранится как {kind}, а весами бывают {known}; {cure}",
    },
    "tensor_nan": {
        "en": "tensor {name} holds values that are no finite numbers (NaN or infinite); {cure}",
        "ru": "в тензоре {name} есть не числа (NaN или бесконечность); {cure}",
    },
    "tensor_factors": {
        "en": "tensor {name} holds factors that are not above zero; {cure}",
        "ru": "в тензоре {name} есть множители не больше нуля; {cure}",
    },
    "tensor": {
        "en": "tensor {name}: {reason}; {cure}",
        "ru": "тензор {name}: {reason}; {cure}",
    },
    "tensor_of_file": {
        "en": "tensor {name}: {reason}",
        "ru": "тензор {name}: {reason}",
    },
    "columns": {
        "en": "{columns} columns do not divide into blocks of {block}; choose another --weight-format (BF16 takes any)",
        "ru": "{columns} столбцов не делятся на блоки по {block}; выберите другой --weight-format (BF16 подходит всем)",
    },
    "unused": {
        "en": "{count} tensors that {architecture} does not use, so its answers would be wrong: {names} …; {cure}",
        "ru": "тензоров, которых нет в {architecture}: {count}, и ответы были бы неверны: {names} …; {cure}",
    },
    # tokenizer
    "no_tokenizer": {
        "en": "the file carries no tokenizer (tokenizer.ggml.tokens); take another one",
        "ru": "в файле нет токенизатора (tokenizer.ggml.tokens); возьмите другой",
    },
    "vocabulary": {
        "en": "the tokenizer has {tokens} tokens and token_embd.weight {rows} rows; {cure}",
        "ru": "в токенизаторе {tokens} токенов, а в token_embd.weight {rows} строк; {cure}",
    },
    "tokenizer_kind": {
        "en": "tokenizer.ggml.model = {value} is not supported, there are gpt2 and llama; {cure}",
        "ru": "tokenizer.ggml.model = {value} не поддерживается, есть gpt2 и llama; {cure}",
    },
    "pretokenizer": {
        "en": "tokenizer.ggml.pre = {value} is not supported, there are {known}; take another model, or its Hugging "
        "Face folder, whose tokenizer.json carries the rule",
        "ru": "tokenizer.ggml.pre = {value} не поддерживается, есть {known}; возьмите другую модель или её папку с "
        "Hugging Face, где правило лежит в tokenizer.json",
    },
    "merge": {
        "en": "tokenizer.ggml.merges: {value} is no pair of tokens whose sum is a token; {cure}",
        "ru": "tokenizer.ggml.merges: {value} — не пара токенов, сумма которых тоже токен; {cure}",
    },
    "long_token": {
        "en": "tokenizer.ggml.tokens: token {number} has {length} characters, {most} are the most; {cure}",
        "ru": "tokenizer.ggml.tokens: в токене {number} {length} знаков, а бывает не больше {most}; {cure}",
    },
    "byte_token": {
        "en": "tokenizer.ggml.tokens: token {number} is to be a byte, <0x00> to <0xFF>, and is {value}; {cure}",
        "ru": "tokenizer.ggml.tokens: токен {number} должен быть байтом от <0x00> до <0xFF>, а это {value}; {cure}",
    },
    "tokenizer": {
        "en": "the tokenizer cannot be built: {reason}; {cure}",
        "ru": "токенизатор не собирается: {reason}; {cure}",
    },
    "no_tokenizer_json": {
        "en": "no tokenizer.json: only fast tokenizers are supported; fetch the folder again, or take another model",
        "ru": "нет tokenizer.json, а поддерживаются только быстрые токенизаторы; скачайте папку снова или возьмите "
        "другую модель",
    },
    # chat template
    "template": {
        "en": "the chat template cannot be used: {reason}; {cure}",
        "ru": "шаблон чата не годится: {reason}; {cure}",
    },
    "template_hides": {
        "en": "it does not show what the user writes",
        "ru": "он не показывает, что пишет пользователь",
    },
    "template_names": {
        "en": "{names} are there and none is called default",
        "ru": "есть {names}, но ни один не называется default",
    },
    "template_type": {
        "en": "text is wanted, or a list of named texts",
        "ru": "нужна строка или список именованных строк",
    },
    "template_cure": {
        "en": "put another into the GGUF file (`gguf-new-metadata --chat-template`) or, of a folder, into its "
        "chat_template.jinja; or take another model",
        "ru": "запишите другой в файл GGUF (`gguf-new-metadata --chat-template`), а для папки — в её "
        "chat_template.jinja; или возьмите другую модель",
    },
    "no_template": {
        "en": "{path} has no chat template: messages are joined as plain text, as for a base model; {cure}",
        "ru": "{path}: нет шаблона чата, сообщения склеиваются как обычный текст, как для базовой модели; {cure}",
    },
    # folders
    "unreadable": {
        "en": "cannot be read: {reason}; it was cut short or written over: fetch it again",
        "ru": "не читается: {reason}; файл скачан не целиком или переписан: скачайте снова",
    },
    "no_object": {
        "en": "a JSON object is wanted; fetch the file again",
        "ru": "нужен объект JSON; скачайте файл снова",
    },
    "no_config": {
        "en": "a model folder needs config.json; fetch the folder again",
        "ru": "в папке модели нужен config.json; скачайте папку снова",
    },
    "no_safetensors": {
        "en": "no *.safetensors files; fetch the folder again, or take another model",
        "ru": "нет файлов *.safetensors; скачайте папку снова или возьмите другую модель",
    },
    "shard_missing": {
        "en": "{file} is missing, which model.safetensors.index.json names; fetch the folder again",
        "ru": "нет {file}, который назван в model.safetensors.index.json; скачайте папку снова",
    },
    "format": {
        "en": "a folder cannot be quantised to {format}; there are {known}",
        "ru": "папку нельзя квантовать в {format}; есть {known}",
    },
    "bits_of_others": {
        "en": "bits can be chosen of a MatQuant folder alone (--bits)",
        "ru": "число бит выбирается только для папки MatQuant (--bits)",
    },
    "bits_for_layers": {
        "en": "bits for {count} layers, and there is a layer {layer} (--bits)",
        "ru": "биты заданы для {count} слоёв, а есть слой {layer} (--bits)",
    },
    "bits_unknown": {
        "en": "MatQuant has 2, 4 or 8 bits, not {bits} (--bits)",
        "ru": "в MatQuant 2, 4 или 8 бит, а не {bits} (--bits)",
    },
    "split_part": {
        "en": "{file} says that it is part {number} of {count}, not {wanted}: the parts of one model lie side by side "
        "under the names that they were published with, name-00001-of-00003.gguf; fetch them again",
        "ru": "{file} сообщает, что это часть {number} из {count}, а не {wanted}: части одной модели лежат рядом под "
        "теми именами, с которыми опубликованы, имя-00001-of-00003.gguf; скачайте их снова",
    },
    "split_tensors": {
        "en": "its parts hold {found} tensors, not {count}; {cure}",
        "ru": "в её частях {found} тензоров, а не {count}; {cure}",
    },
}


def say(key: str, /, **values: object) -> Bilingual:
    return fill(MESSAGES, key, **values)


def again() -> Bilingual:
    return say("again")


def shown(value: object) -> str:
    """A value of a file as a message may show it: short, and on one line."""
    text = ascii(value) if not isinstance(value, str) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
