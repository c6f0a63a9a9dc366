"""A question is read as it was meant: keyboard, alphabet, slips; what was typed well stays as it is."""

from __future__ import annotations

from collections import Counter

import pytest

from konspekt.indexer.lexical import terms
from konspekt.indexer.query.keyboard import typed_in_english, typed_in_russian
from konspekt.indexer.query.translations import translated
from konspekt.indexer.query.transliteration import in_latin, russian_spellings
from konspekt.indexer.query.understanding import understand
from konspekt.indexer.query.vocabulary import Known, Vocabulary

MATERIAL = """
Зачем нужна квантизация весов: модель занимает меньше памяти. Квантизация бывает пост-тренировочной и с дообучением.
Лекция третья: как работает диффузия, что такое латент и сколько шагов нужно сэмплеру. Трансформер, внимание, лора.
LoRA, SDXL, nGPT, DDIM, Mistral, SageAttention и scaling factor. Batch, prompt, cfg, transformer, diffusion, attention.
Негативный промпт ничего не меняет. Авторегрессия и квантизация. Работа про видео, скорость обучения, разные картинки.
Защита работ. Хранить, пост, бот, автор, конвертация, публично, туториал, страница, округление, исходный, матрица, ключ.
"""


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary(Counter(terms(MATERIAL)))


def read(question: str, vocabulary: Vocabulary) -> str:
    return understand(question, vocabulary).text


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("zachem nuzhna kvantizaciya", "зачем нужна квантизация"),
        ("zachem nujna kvantizatsiya", "зачем нужна квантизация"),
        ("skolko shagov nuzhno", "сколько шагов нужно"),
        ("skol'ko shagov nuzhno", "сколько шагов нужно"),
        ("chto takoe difuziya", "что такое дифузия"),
        ("4to takoe lora", "что такое lora"),
        ("kak rabotaet vnimanie", "как работает внимание"),
        ("pochemu avtor ne vylozhil bota", "почему автор не выложил бота"),
        ("kakoj scaling factor u SDXL", "какой scaling factor у SDXL"),
        ("kvantizaciya vesov", "квантизация весов"),
        ("kogda zashita", "когда защита"),
        ("yazyk i pamyat modeli", "язык и память модели"),
    ],
)
def test_russian_in_latin_letters(typed: str, meant: str, vocabulary: Vocabulary) -> None:
    assert read(typed, vocabulary) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("чтот акое лора", "что такое лора"),
        ("чтотакое трансформер", "что такое трансформер"),
        ("Что т акое квантизация?", "что такое квантизация?"),
        ("ктот акой автор", "кто такой автор"),
        ("длячего нужна лора", "для чего нужна лора"),
        ("whati s diffusion", "what is diffusion"),
        ("Что такое LoRA?", "Что такое LoRA?"),
        ("что  такое LoRA?", "что  такое LoRA?"),
        ("что хранить", "что хранить"),
    ],
)
def test_a_blank_in_the_wrong_place(typed: str, meant: str, vocabulary: Vocabulary) -> None:
    assert read(typed, vocabulary) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("pfxtv yty;yf rdfynbpfwbz", "pfxtv"),  # half of it makes no sense in either layout
        ("pfxtv ye;yf rdfynbpfwbz", "зачем нужна квантизация"),
        ("rfr hf,jnftn dybvfybt?", "как работает внимание?"),
        ("crjkmrj ifujd e sdxl", "сколько шагов у sdxl"),
        ("xnj nfrjt yugn", "что такое ngpt"),
        ("plhfdcndeq< rfr ltkf", "здравствуй, как дела"),
    ],
)
def test_the_wrong_keyboard_layout(typed: str, meant: str, vocabulary: Vocabulary) -> None:
    text = read(typed, vocabulary)
    if meant == "pfxtv":
        assert "квантизация" in text
    elif "<" in typed:
        assert "как дела" in text
    else:
        assert text == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("xnj nfrjt LoRa2", "что такое LoRa2"),  # a name that the index does not hold, as its capitals say
        ("xnj nfrjt GRPO", "что такое GRPO"),
        ("xnj nfrjt ldm", "что такое ldm"),  # and one without a vowel in Russian
        ("xnj nfrjt квантизация", "что такое квантизация"),
        ("сколько шагов ye;yj", "сколько шагов нужно"),
        ("что такое kvantizaciya", "что такое квантизация"),
        ("зачем nuzhna квантизация", "зачем нужна квантизация"),
        ("как работает vnimanie в SDXL", "как работает внимание в SDXL"),
        ("obyasni CFG", "объясни CFG"),
        ("obiasni scaling factor", "объясни scaling factor"),
        ("rasskazhi pro diffuziyu", "расскажи про диффузию"),
        ("chto eto takoe kvantizaciya", "что это такое квантизация"),
        ("что такое nerf", "что такое nerf"),  # no «тука», though the dictionary has it
        ("топ нейронок для рисования", "топ нейронок для рисования"),  # a word of readers, no slip
    ],
)
def test_two_alphabets_or_layouts_in_one_question(typed: str, meant: str, vocabulary: Vocabulary) -> None:
    assert read(typed, vocabulary) == meant


@pytest.mark.parametrize(
    "question",
    [
        "что такое scheduler",
        "чем fine-tuning хуже",
        "как включить offload",
        "зачем нужен checkpoint",
        "explain CFG",
        "CFG",
    ],
)
def test_english_words_among_russian_ones_stay(question: str, vocabulary: Vocabulary) -> None:
    assert read(question, vocabulary) == question


def test_a_name_typed_in_the_russian_layout(vocabulary: Vocabulary) -> None:
    assert read("что такое дщкф", vocabulary) == "что такое lora"
    assert read("как устроен ддим", vocabulary) == "как устроен ddim"


def test_a_name_in_russian_letters_as_it_sounds() -> None:
    names = Vocabulary(
        Counter(terms("DreamBooth, Colab, Cascade, Nunchaku, Playground, TensorBoard; картинка, лекция"))
    )
    heard = ("дримбута", "колабе", "каскад", "нунчаку", "плейграунд", "тензорборд")
    meant = ("dreambooth", "colab", "cascad", "nunchaku", "playground", "tensorboard")
    for typed, name in zip(heard, meant, strict=True):
        assert read(typed, names) == (typed if typed == "каскад" else name)  # a Russian word of its own stays
    assert read("барби и дедлайн", names) == "барби и дедлайн"


@pytest.mark.parametrize(
    ("typed", "term"),
    [
        ("что такое дифузия", "diffus"),
        ("трансфомер", "transform"),
        ("лекцыя третья", "лекция"),
        ("авторегресия", "авторегрессия"),
        ("квантизацыя", "quantiz"),
        ("окргулением", "округление"),
        ("исходнго", "исходный"),
        ("атбенция скорсть обучения", "скорость"),
        ("difusion", "diffus"),
        ("trasnformer", "transform"),
        ("atention", "attent"),
    ],
)
def test_a_slip_finds_the_word_that_was_meant(typed: str, term: str, vocabulary: Vocabulary) -> None:
    found = understand(typed, vocabulary).terms
    assert set(terms(term)) & set(found) or term[:-2] in " ".join(found)


@pytest.mark.parametrize(
    "question",
    [
        "Зачем нужна квантизация?",
        "What is the scaling factor of SDXL?",
        "How many people may form a project team?",
        "how does attention work on a gpu",
        "is a double BOS harmful",
        "do I need calibration for dynamic quantization?",
        "cheap hotels in barcelona",
        "Mixtral",
        "mixtral",
        "latency of the prompt",
        "нужна кошка",
        "Stable Cascade, Medusa и GPT-4",
        "ddpm или ddim",
        "thanks a lot, you saved my evening!",
        "",
        "?!",
    ],
)
def test_what_was_typed_well_is_left_alone(question: str, vocabulary: Vocabulary) -> None:
    understood = understand(question, vocabulary)
    assert understood.text == question
    assert not understood.changed


def test_both_readings_are_searched(vocabulary: Vocabulary) -> None:
    assert {"quantiz", "kvantizaciya"[:5]} & {term[:7] for term in understand("kvantizaciya vesov", vocabulary).terms}
    found = understand("zachem nuzhna kvantizaciya", vocabulary).terms
    assert "quantiz" in found
    assert any(term.startswith("kvantiz") for term in found)


def test_an_empty_index_changes_nothing() -> None:
    assert understand("zachem nuzhna kvantizaciya", Vocabulary({})).text == "zachem nuzhna kvantizaciya"


def test_a_pasted_text_is_searched_as_it_stands(vocabulary: Vocabulary) -> None:
    text = "дифузия " * 100
    assert understand(text, vocabulary).text == text


def test_one_slip_costs_little_beside_a_hundred_thousand_words() -> None:
    """Counted, not timed: only words with the same first letter are compared."""
    counts = {f"{letter}слово{i}"[:12]: 1 for letter in "абвгдежзик" for i in range(2000)}
    vocabulary = Vocabulary(counts)
    assert max(map(len, vocabulary.by_first_letter.values()), default=0) <= len(counts) / 10 + 200


def test_english_is_not_read_as_russian_in_latin_letters(vocabulary: Vocabulary) -> None:
    for question in ("best team in homework 2", "late penalty per day", "latest lecture on lora", "team size limit"):
        assert read(question, vocabulary) == question
    assert vocabulary.known("теам") is Known.NOT  # its stem is a stop word's, and it is none


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("chto takoe moe", "что такое moe"),
        ("moe eto chto", "moe это что"),
        ("a zachem", "а зачем"),
        ("chto takoe gguf i zachem on", "что такое gguf и зачем он"),
        ("zachem nuzhen rlhf", "зачем нужен rlhf"),
        ("skolko vesit q4", "сколько весит q4"),
        ("whisper bystree chem lora", "whisper быстрее чем lora"),
    ],
)
def test_a_name_among_russian_words_in_latin_letters(typed: str, meant: str, vocabulary: Vocabulary) -> None:
    assert read(typed, vocabulary) == meant


def test_how_well_a_word_is_known(vocabulary: Vocabulary) -> None:
    assert vocabulary.known("квантизации") is Known.INDEXED
    assert vocabulary.known("зачем") is Known.STOP_WORD
    assert vocabulary.known("кошка") is Known.DICTIONARY
    assert vocabulary.known("дифузийный") is Known.NOT


def test_keyboards_are_each_others_inverse() -> None:
    text = "Съешь ещё этих мягких французских булок, да выпей чаю."
    assert typed_in_russian(typed_in_english(text.replace(",", "б").replace(".", "ю"))).startswith("Съешь ещё этих")


def test_spellings_begin_with_the_likeliest_and_end() -> None:
    assert next(russian_spellings("privet")) == "привет"
    assert "сколько" in set(russian_spellings("skolko"))
    assert len(list(russian_spellings("shchyajzhcheskoe" * 4))) <= 150
    assert list(russian_spellings("日本")) == []
    assert in_latin("квантизация") == "kvantizaciya"


@pytest.mark.parametrize(
    ("question", "others"),
    [
        ("проверил", "validate"),
        ("сколько гигабайтов", "gigabyte"),
        ("скалярное произведение", "dot product"),
        ("доверительные интервалы", "confidence"),
        ("the penalty", "штраф"),
        ("which prerequisites", "требование"),
    ],
)
def test_a_word_is_known_in_the_other_language(question: str, others: str) -> None:
    assert set(terms(others)) <= set(translated(terms(question)))


def test_what_both_languages_call_alike_is_not_translated() -> None:
    assert translated(terms("кэш, cache, слово, word, LoRA")) == ()


NAMED = "Gluon beats Adam. Kovalchev and Lushchilov wrote a scion of it. Lemur sleeps."


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("что такое глюон", "что такое gluon"),  # which the dictionary has as well
        ("что с глюоном", "что с gluon"),
        ("зачем нужен лемур", "зачем нужен lemur"),
        ("что придумал ковалчев", "что придумал kovalchev"),  # no genitive of «ковалч»
        ("что сделал лущилов", "что сделал lushchilov"),
    ],
)
def test_a_name_is_known_in_russian_letters(typed: str, meant: str) -> None:
    assert read(typed, Vocabulary(Counter(terms(NAMED)))) == meant


def test_a_word_of_the_dictionary_that_is_held_stays() -> None:
    assert read("что такое глюон", Vocabulary(Counter(terms(NAMED + " глюон")))) == "что такое глюон"


def test_what_stands_between_two_things_is_no_slip_of_the_layout(vocabulary: Vocabulary) -> None:
    assert read("LoRA vs трансформер", vocabulary) == "LoRA vs трансформер"
