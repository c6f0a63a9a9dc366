"""Posts made up of facts, with questions about what they say and, as many, about what they do not.

A near miss asks for another attribute of the same thing, for the same attribute of its sibling, or for a value under
another condition (another card, another data set). Each question's wording is asked as often with an answer as
without one, so that no wording gives its label away. Seeded: the same posts each time.
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.examples import Example, answering

DATA = Path(__file__).with_name("data")


@dataclass(frozen=True, slots=True)
class Fact:
    attribute: dict[str, Any]
    thing: str
    condition: str
    value: str
    sentence: str


class Posts:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.attributes = tomllib.loads((DATA / "facts.toml").read_text("utf-8"))["attribute"]
        self.words = tomllib.loads((DATA / "words.toml").read_text("utf-8"))

    def examples(self, count: int) -> Iterator[Example]:
        for number in range(count):
            yield from self._post(number)

    def _post(self, number: int) -> Iterator[Example]:
        draw, tongue = self.random, self.random.choice(["ru", "ru", "en"])
        thing = self._name()
        sibling = self._sibling(thing) if draw.random() < 0.5 else self._name()
        told = draw.sample(self.attributes, draw.randint(3, 5))
        facts = [self._fact(attribute, thing, tongue) for attribute in told]
        others = [one for one in self.attributes if one not in told]
        sisters = [self._fact(draw.choice(others), sibling, tongue, named=True)] if draw.random() < 0.4 else []
        text, title = self._text(facts, sisters, thing, sibling, tongue)

        asked: list[tuple[str, Fact | None]] = [
            (self._question(fact.attribute, thing, fact.condition, tongue), fact)
            for fact in draw.sample(facts, min(3, len(facts)))
        ]
        asked += [
            (self._question(attribute, thing, self._condition(attribute), tongue), None)
            for attribute in draw.sample(others, 2)
        ]
        conditioned = [fact for fact in facts if fact.attribute.get("conditions") and fact.condition in fact.sentence]
        if conditioned and draw.random() < 0.7:
            fact = draw.choice(conditioned)
            other = self._condition(fact.attribute, but=fact.condition)
            asked.append((self._question(fact.attribute, thing, other, tongue), None))
        elif sisters:
            asked.append((self._question(sisters[0].attribute, thing, sisters[0].condition, tongue), None))
        else:
            fact = draw.choice(facts)
            asked.append((self._question(fact.attribute, sibling, fact.condition, tongue), None))
        if sisters and draw.random() < 0.5:
            asked.append((self._question(sisters[0].attribute, sibling, sisters[0].condition, tongue), sisters[0]))
        yield from self._windows(asked, title, text, f"posts-{number}")

    def _windows(self, asked: list[tuple[str, Fact | None]], title: str, text: str, group: str) -> Iterator[Example]:
        for question, fact in asked:
            cut = answering(title, text, [fact.sentence] if fact else [])
            for window, place in cut:
                if fact and place is None:
                    continue  # the rest of an answering post is as easy as it is frequent
                answer = None
                if fact and place:
                    start = window.text.find(fact.value, place[0])
                    answer = (start, start + len(fact.value)) if 0 <= start < place[1] else place
                yield Example(self._noisy(question), window, answer, "posts", group)

    def _text(self, facts: list[Fact], sisters: list[Fact], thing: str, sibling: str, tongue: str) -> tuple[str, str]:
        draw, words = self.random, self.words[tongue]
        sentences = [fact.sentence for fact in facts + sisters]
        sentences += draw.sample(words["fillers"], draw.randint(1, 4))
        draw.shuffle(sentences)
        if draw.random() < 0.4:
            sentences.insert(draw.randint(0, len(sentences)), draw.choice(words["mentions"]).format(y=sibling))
        title = draw.choice(words["opening"]).format(x=thing)
        return " ".join(sentence[0].upper() + sentence[1:] for sentence in sentences), title

    def _fact(self, attribute: dict[str, Any], thing: str, tongue: str, named: bool = False) -> Fact:
        condition, value = self._condition(attribute), self._value(attribute["values"], tongue)
        forms = attribute[f"{tongue}_s"]
        forms = [form for form in forms if "{x}" in form] if named else forms
        form = self.random.choice(forms or attribute[f"{tongue}_s"])
        sentence = form.format(x=thing, v=value, d=condition)
        if named and thing not in sentence:
            sentence = f"{thing}: {sentence}"
        return Fact(attribute, thing, condition, value, sentence[0].upper() + sentence[1:])

    def _question(self, attribute: dict[str, Any], thing: str, condition: str, tongue: str) -> str:
        other = "en" if tongue == "ru" else "ru"
        asked_in = other if self.random.random() < 0.15 else tongue
        question: str = self.random.choice(attribute[f"{asked_in}_q"]).format(x=thing, d=condition)
        return question

    def _condition(self, attribute: dict[str, Any], but: str = "") -> str:
        names = self.words["names"]
        kind = attribute.get("conditions", "")
        listed = {"dataset": names["datasets"], "card": names["cards"], "peer": [self._name(), self._name()]}
        return self.random.choice([one for one in listed.get(kind, [""]) if one != but] or [""])

    def _name(self) -> str:
        draw, names = self.random, self.words["names"]
        if draw.random() < 0.1:
            return str(draw.choice(names["russian"]))
        tail = draw.choice(names["tails"]) if draw.random() < 0.7 else ""
        return f"{draw.choice(names['stems'])}{tail}{draw.choice(names['versions'])}"

    def _sibling(self, thing: str) -> str:
        others = [one for one in self.words["names"]["versions"] if one and not thing.endswith(one)]
        stem = thing
        for version in sorted(filter(None, self.words["names"]["versions"]), key=len, reverse=True):
            stem = stem.removesuffix(version)
        return stem + self.random.choice(others)

    def _value(self, kind: str, tongue: str) -> str:
        draw, words, names = self.random, self.words[tongue], self.words["names"]
        ru = tongue == "ru"
        whole = draw.choice([2, 3, 4, 5, 7, 8, 12, 13, 16, 24, 27, 30, 40, 70, 120, 175, 405])
        part = f"{draw.randint(1, 30)}{',' if ru else '.'}{draw.randint(1, 99)}"
        if kind in words:
            return str(draw.choice(words[kind]))
        month = draw.choice(words["months"])
        made = {
            "size": f"{whole} млрд" if ru else f"{whole}B",
            "licence": draw.choice(names["licences"]),
            "company": draw.choice(names["companies"]),
            "date": draw.choice(
                [f"{draw.randint(1, 28)} {month}", f"в {draw.randint(2015, 2026)} году"]
                if ru
                else [f"on {draw.randint(1, 28)} {month}", f"in {draw.randint(2015, 2026)}"]
            ),
            "price": draw.choice(
                [f"{whole * 10} рублей в месяц", f"{whole} долларов", f"{whole * 100} ₽"]
                if ru
                else [f"${whole} a month", f"{whole} dollars", f"€{whole}"]
            ),
            "score": part,
            "percent": draw.choice([f"{part} %", f"{part} балла" if ru else f"{part} points"]),
            "gigabytes": f"{whole} ГБ" if ru else f"{whole} GB",
            "seconds": f"{part} секунды" if ru else f"{part} seconds",
            "times": f"{part} раза" if ru else f"{part} times",
            "steps": f"{whole} шагов" if ru else f"{whole} steps",
            "cluster": f"{whole * 8} {draw.choice(names['cards'])}",
            "duration": f"{whole} {draw.choice(['часов', 'дней', 'недель'] if ru else ['hours', 'days', 'weeks'])}",
            "rate": draw.choice(["1e-4", "3e-5", "0,001", "2e-6", "5e-4"]),
            "batch": str(2 ** draw.randint(4, 13)),
            "tokens": f"{whole} тысяч токенов" if ru else f"{whole}k tokens",
            "experts": f"{whole} экспертов" if ru else f"{whole} experts",
            "bits": f"{part} бита" if ru else f"{part} bits",
            "command": draw.choice(names["commands"]).format(p=self._name().lower().replace(" ", "-")),
            "headcount": f"{whole * 3} человек" if ru else f"{whole * 3} people",
            "place_in_table": f"{whole}-е место" if ru else f"place {whole}",
        }
        return str(made[kind])

    def _noisy(self, question: str) -> str:
        """As people type: lower case, no question mark, a letter lost."""
        draw = self.random
        if draw.random() < 0.35:
            question = question.lower().rstrip("?")
        if draw.random() < 0.08 and len(question) > 15:
            at = draw.randint(3, len(question) - 3)
            question = question[:at] + question[at + 1 :]
        return question
