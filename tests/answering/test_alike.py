"""When a question is nearly the same as another one."""

from __future__ import annotations

import pytest

from konspekt.answering.quality.alike import nearly_same

SAME = (
    ("какой сэмплер выбрать для SDXL", "Какой сэмплер лучше выбрать для SDXL?"),
    ("какой сэмплер выбрать", "какой сэмплер выбрать для sdxl"),
    ("зачем нужна дифузия в картинках", "Зачем нужна диффузия в картинках?"),
    ("сколько весит KV-кэш у Qwen", "сколько памяти весит kv кэш qwen"),
    ("когда защита проектов", "а когда защита проектов-то?"),
    ("а почему?", "А почему"),
    ("что такое SageAtention", "что такое SageAttention"),
    ("how many steps does DDIM need", "how many steps are needed for DDIM?"),
)
DIFFERENT = (
    ("что такое DDIM", "сколько шагов ставить в DDIM"),
    ("срок сдачи первой домашки по квантизации", "срок сдачи второй домашки по квантизации"),
    ("когда будет лекция 4 этого курса", "когда будет лекция 5 этого курса"),
    ("как SageAttention квантует ключи внимания", "как SageAttention2 квантует ключи внимания"),
    ("сколько бит на вес в формате NVFP4", "сколько бит на вес в формате MXFP4"),
    ("сравни на картинках Flux и SDXL", "сравни на картинках Flux и Kandinsky"),
    ("какой фид у DDPM на CIFAR", "какая лицензия у DDPM"),
    ("спасибо", "а почему?"),
    ("what is LoRA", "what is QLoRA for large models"),
)


@pytest.mark.parametrize(("one", "other"), SAME)
def test_a_question_asked_again_in_nearly_the_same_words_is_the_same(one: str, other: str) -> None:
    assert nearly_same(one, other)
    assert nearly_same(other, one)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_another_number_name_or_side_of_the_same_thing_is_another_question(one: str, other: str) -> None:
    assert not nearly_same(one, other)
    assert not nearly_same(other, one)
