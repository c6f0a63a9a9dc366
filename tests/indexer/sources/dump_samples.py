"""Posts of an invented channel, and the ways in which people's dumps show such posts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

Post = tuple[str, ...]  # title, then paragraphs

RUSSIAN: tuple[Post, ...] = (
    (
        "Почему бабушкин рецепт борща сложнее компилятора",
        "Рецепт написан для того, кто уже умеет готовить. «Соли по вкусу» — это вызов функции, которой нет в "
        "стандартной "
        "библиотеке, и линковщик молчит до самого ужина.",
        "Я попробовал переписать рецепт как программу. Получилось сорок строк, три неопределённых поведения и одна "
        "гонка: "
        "свёкла и капуста варятся разное время, а кастрюля общая.",
        "Вывод простой: хорошая документация начинается там, где автор перестаёт считать читателя собой.",
    ),
    (
        "Велосипед против метро: считаем минуты",
        "Две недели я ездил на работу то так, то этак и записывал время от двери до двери. Метро обещает двадцать "
        "восемь "
        "минут, но прячет ещё девять в эскалаторах и переходах.",
        "Велосипед честнее: тридцать одна минута в сухую погоду, тридцать шесть под дождём. Разброс меньше, чем у "
        "вагона, "
        "который встал в тоннеле.",
    ),
    (
        "Как устроена пчелиная навигация",
        "Пчела измеряет путь не крыльями, а глазами: она считает, сколько узора пронеслось мимо. В туннеле с мелкой "
        "полоской она уверена, что пролетела полкилометра.",
        "Направление берётся от солнца, а за облаками — от поляризации неба. Внутренние часы поправляют угол каждую "
        "минуту.",
        "Танец в улье передаёт обе величины сразу. Угол к вертикали кодирует азимут, длительность виляния — "
        "расстояние.",
    ),
    (
        "Три ошибки при выборе первой гитары",
        "Первая ошибка — купить самую дешёвую. Гриф ведёт, струны режут пальцы, и через месяц инструмент висит на "
        "стене.",
        "Вторая — купить ту же модель, что у любимого музыканта. У него техник, который настраивает мензуру перед "
        "концертом.",
        "Третья — не взять с собой в магазин того, кто умеет играть.",
    ),
    (
        "Заметки с карельского озера",
        "Лёд встал за одну ночь, чёрный и прозрачный. Видно, как под ногами проплывает окунь, и первые сто шагов идёшь "
        "как по стеклу витрины.",
        "Мы пробурили лунку и намерили одиннадцать сантиметров. Этого хватает человеку, но не саням с дровами.",
    ),
    (
        "Чем закваска отличается от дрожжей",
        "Дрожжи — один вид, выведенный ради скорости. Закваска — целое общежитие, где молочнокислые бактерии платят за "
        "аренду кислотой и ароматом.",
        "Тесто на закваске поднимается шесть часов вместо полутора, зато хлеб не черствеет до четверга.",
    ),
    (
        "Разбираем старый ламповый приёмник",
        "Внутри шесть ламп, выпрямитель и бумажные конденсаторы, которым старше шестидесяти лет. Включать сразу "
        "нельзя: "
        "высохший электролит устроит короткое замыкание.",
        "Поднимаем напряжение автотрансформатором по двадцать вольт и слушаем. На ста сорока он зашипел, на двухстах "
        "заговорил голосом диктора из Бухареста.",
    ),
)

ENGLISH: tuple[Post, ...] = (
    (
        "A tide table is a small miracle",
        "Somebody in 1872 built a machine of brass wheels that added twenty cosines, and harbours have trusted it "
        "ever since. "
        "Each wheel is one motion of the moon.",
        "The storm surge is not in the table. Wind piles water against the coast, and no wheel turns for that.",
    ),
    (
        "Learning to juggle at forty",
        "Two balls took an evening, three took a month. The trick nobody tells you is to look at the top of the arc "
        "and "
        "never at the hands.",
        "My wrists learned to throw the same height before I did. Now I can talk while doing it, badly.",
    ),
    (
        "What the mushroom sees",
        "A forest floor is a market: sugar goes one way along the hyphae, phosphorus comes back. Old trees pay more "
        "than "
        "they get, and we do not know why.",
        "In spring the network thins out. Some threads are cut by mites, others simply close for repairs.",
    ),
)

ALL = RUSSIAN + ENGLISH
REACTIONS = ("🔥15❤3", "👍42", "❤2👍1😎1 1", "15👍10❤4 2🔥1", "🔥9👍2 2🤯1", "🥰1")
SECTIONS = ("Введение", "Метод", "Выводы")
SIGNATURE = "@quiet_gradient"
HEADER = (
    "Тихий градиент\n1.2K subscribers\n87 photos\n3 videos\n140 links\n"
    "О еде, пчёлах и железках\n\nАвтор: @someone_else\nDownload Telegram\n"
)


def body(post: Post, blank: bool = True) -> str:
    return ("\n\n" if blank else "\n").join(post)


def _with(ending: Callable[[int], str], *, blank: bool = True) -> Callable[[Sequence[Post]], str]:
    def render(posts: Sequence[Post]) -> str:
        return "\n".join(f"{body(post, blank)}\n{ending(number)}" for number, post in enumerate(posts))

    return render


def _copied(posts: Sequence[Post]) -> str:
    """No empty lines; each post's text a second time without its title; no reactions at all."""
    return "\n".join(f"{body(post, False)}\n{body(post[1:], False)}" for post in posts)


def _copied_with_previews(posts: Sequence[Post]) -> str:
    previews = ("Telegram\nДругой канал\nОписание другого канала", "example.org\nЗаголовок чужой страницы")
    return "\n".join(
        f"{body(post, False)}\n{body(post[1:], False)}\n{previews[number % 2]}\n{REACTIONS[number % 6]}"
        for number, post in enumerate(posts)
    )


def _named(posts: Sequence[Post]) -> str:
    """As a browser shows the page: the channel's name above each post, views and time below."""
    return HEADER + "\n".join(
        f"Тихий градиент\n{body(post)}\n🔥 {number + 3} ❤ 2\n{number + 1}.{number}K views edited 14:{10 + number}"
        for number, post in enumerate(posts)
    )


def _stamped(posts: Sequence[Post]) -> str:
    """Selected and copied in Telegram Desktop."""
    return "\n\n".join(
        f"Тихий градиент, [{number + 1:02}.03.2024 15:{10 + number}]\n{body(post)}" for number, post in enumerate(posts)
    )


def _forwarded(posts: Sequence[Post]) -> str:
    return "\n".join(f"Forwarded from Канал {number}\n{body(post)}" for number, post in enumerate(posts))


# Styles in which every border is certain: any posts in any number come back.
CERTAIN: dict[str, Callable[[Sequence[Post]], str]] = {
    "reactions": _with(lambda number: REACTIONS[number % 6]),
    "reactions, no empty lines": _with(lambda number: REACTIONS[number % 6], blank=False),
    "reactions, one a line, then views": _with(
        lambda number: f"❤ {number + 2}\n👍 4\n{number + 1}.5K views\n12:{30 + number}"
    ),
    "views, author and time in one": _with(
        lambda number: f"❤️ {number + 2} 👍 1,2K\n4.2K viewsАнна, edited 12:{30 + number}"
    ),
    "reactions and days": _with(lambda number: f"👏{number + 1}\n{number + 1} марта 2024"),
    "view in telegram": _with(lambda _: "Please open Telegram to view this post\nVIEW IN TELEGRAM"),
    "view in telegram, then reactions": _with(
        lambda number: "Please open Telegram to view this post\nVIEW IN TELEGRAM\n" + REACTIONS[number % 6]
    ),
    "name, views and time": _named,
    "copied in Telegram Desktop": _stamped,
    "forwards": _forwarded,
    "second copies with previews and reactions": _copied_with_previews,
}

# Styles without any mark at the end of a post. With a few posts only, there is no habit to be seen.
MARKLESS: dict[str, Callable[[Sequence[Post]], str]] = {
    "second copies": _copied,
    "signature": _with(lambda _: SIGNATURE),
    "signature after an empty line": _with(lambda _: "\n" + SIGNATURE),
    "links at the end": _with(lambda _: "\n👀LINK"),
    "messages meet without an empty line": lambda posts: "\n".join(map(body, posts)),
    "a rubric above each": lambda posts: "\n".join(f"#рубрика\n{body(post)}" for post in posts),
    "drawn lines": lambda posts: "\n\n* * *\n\n".join(map(body, posts)),
    "second copies with titles and empty lines": lambda posts: "\n".join(
        f"{body(post)}\n\n{body(post)}" for post in posts
    ),
    "two empty lines between posts": lambda posts: "\n\n\n".join(map(body, posts)),
    "title, links, introduction": lambda posts: "\n".join(
        f"{title}\n[Статья] [Код]\n\nВведение\n\n" + "\n\n".join(text) for title, *text in posts
    ),
    "title, links, introduction, no empty lines": lambda posts: "\n".join(
        f"{title}\nPaper | Code\nIntroduction\n" + "\n".join(text) for title, *text in posts
    ),
    "title, links, sections": lambda posts: "\n".join(
        f"{title}\n📄 Статья\n💻 Код\n\n"
        + "\n\n".join(f"{heading}\n\n{text}" for heading, text in zip(SECTIONS, rest, strict=False))
        for title, *rest in posts
    ),
    "title, links": lambda posts: "\n".join(
        f"{title}\nСтатья: https://arxiv.org/abs/2401.0000{number}\nКод\n\n" + "\n\n".join(text)
        for number, (title, *text) in enumerate(posts)
    ),
}
