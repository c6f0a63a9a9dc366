"""Transcripts below → a .vtt and a .srt with times at the pace of speech; pauses are lines of dots."""

from __future__ import annotations

import textwrap
from pathlib import Path

CHARS_A_SECOND = 14
CUE_CHARS = 76

FLOW_VIDEO = "https://video.konspekt.example/lecture-3.mp4"
FLOW = """
Добрый вечер, слышно меня? Отлично, пишем.
Сегодня третья лекция, и она будет самой короткой по формулам.
Напомню, на чём остановились. Мы умеем решать уравнение, которое ведёт шум в картинку.
И всю прошлую лекцию мы боролись с тем, что путь кривой.
Возникает наглый вопрос: а кто вообще сказал, что путь должен быть таким? Его придумали мы сами, когда выбирали расписание.
Давайте придумаем другой. Самый простой, какой можно нарисовать мелом. Прямую.
....
Вот точка шума, вот картинка, вот отрезок. Едем по нему с постоянной скоростью. Сколько надо ехать? Единицу времени.
Какая скорость? Разность концов. Всё, больше ничего в методе нет, можно расходиться.
Серьёзно: дальше будут только последствия.
Первое последствие. Сеть не знает, какая у неё пара. Она стоит на перекрёстке, через который проходят тысячи отрезков.
Аналогия, которую я люблю: вы регулировщик и видите машину на перекрёстке, но не знаете, куда она едет.
Лучшее, что можно ответить, если вас штрафуют за квадрат ошибки, — среднее направление всех машин.
И вот это среднее направление и есть поле скоростей. Оно уже не прямое.
....
Вопрос из чата: если отвечаем средним, почему картинки не размытые? Прекрасный вопрос.
Потому что мы делаем маленький шаг и спрашиваем снова. После шага машин, которые могли сюда попасть, стало меньше.
К концу пути остаётся одна, и среднее по одной машине — это она сама.
А вот если сделать один большой шаг от шума до конца, получится ровно среднее по всем картинкам, серое пятно.
Запомните этот пример, он объясняет, зачем нужна дистилляция.
....
Второе последствие, практическое. Знак.
В статье ноль — это шум, единица — данные. В половине библиотек наоборот.
Если у вас модель учится, потери падают, а на выходе снег — проверьте знак и направление времени.
Я на этом потеряла два дня в двадцать третьем году и с тех пор первым делом пишу тест.
Тест такой: берём идеальную скорость для одной пары, делаем один шаг Эйлера и обязаны попасть в картинку точно.
Три строки кода, поймает девять ошибок из десяти.
....
Третье. Какие моменты времени показывать сети.
Попробуйте угадать, где труднее всего. В начале, где сплошной шум? Нет. Там правильный ответ почти не зависит от входа.
В конце? Тоже нет, там картинка видна.
Трудно посередине, когда уже понятно, что это животное, но ещё непонятно, кошка или собака.
Поэтому время берут не равномерно, а колоколом. Сигмоида от нормальной величины.
....
И последнее на сегодня, про большие картинки.
Возьмите фотографию и зашумите её так, чтобы на маленькой копии ничего не было видно.
А теперь то же самое сделайте с фотографией в четыре раза больше по каждой стороне. И отойдите на три метра.
Видите? Глаз усредняет соседние пиксели, шум сокращается, и картинка проступает. Сеть делает то же самое.
Усреднение шестнадцати пикселей уменьшает шум в четыре раза. Значит, шума надо добавить в четыре раза больше.
Вот вам и вся теория сдвига времени, без единой статьи.
....
Домашнее упражнение: две луны, пятьдесят траекторий, один круг выпрямления. Код — не больше ста строк.
Если получится больше, вы делаете что-то лишнее.
На этом всё, спасибо, вопросы — в чат, запись будет завтра.
"""

SEMINAR = """
Okay, let us start. Tonight is about calibration, and it is going to be hands-on.
The question I get every year: how much data do I need? Much less than you think.
A range is an easy thing to estimate. After two hundred sequences the maximum of each channel hardly moves.
What does move is the kind of text. If you calibrate on news and serve code, the curly brackets will find you.
....
Let me show you the experiment. Same model, same method, three calibration sets. News, code, and a mix.
Look at the last column. The model calibrated on news loses most on code, and the mix loses almost nothing anywhere.
So the rule for the homework: mix, and keep one tenth of it from the language you care about.
....
Second topic, percentiles. Taking the maximum is a bad idea for activations, because one broken token sets the range.
Take the ninety-nine point nine percentile and clip the rest. Plot the histogram before you choose, please, always plot.
....
Somebody asks about dynamic quantisation. Right: if you compute the scale for each token while running, you need no calibration at all.
It costs one pass over the activations, which is nothing for a large matrix product and quite something for a small one.
My advice: dynamic per token for language models, static per tensor only when the hardware forces you.
....
Last thing. Do not calibrate on the test set. It sounds obvious, and two teams did it last week by accident, because they reused the loader.
That is all, see you on Wednesday.
"""


def write(folder: Path) -> None:
    head = f"WEBVTT - Лекция 3. Flow matching (запись)\n\nNOTE video: {FLOW_VIDEO}\n\n"
    cues = [f"{_stamp(start, '.')} --> {_stamp(end, '.')}\n{text}\n" for start, end, text in _cues(FLOW)]
    (folder / "03-flow-matching.vtt").write_text(head + "\n".join(cues), "utf-8")
    cues = [
        f"{number}\n{_stamp(start, ',')} --> {_stamp(end, ',')}\n{text}\n"
        for number, (start, end, text) in enumerate(_cues(SEMINAR), 1)
    ]
    (folder / "06-seminar-calibration.srt").write_text("\n".join(cues), "utf-8")
    (folder / "06-seminar-calibration.srt.url").write_text("https://video.konspekt.example/seminar-6.mp4\n", "utf-8")


def _cues(transcript: str) -> list[tuple[float, float, str]]:
    now, cues = 2.0, []
    for line in transcript.strip().splitlines():
        if not line.strip("."):
            now += 1.5 * len(line)
            continue
        for piece in textwrap.wrap(line, CUE_CHARS):
            length = len(piece) / CHARS_A_SECOND + 0.4
            cues.append((now, now + length, piece))
            now += length + 0.1
    return cues


def _stamp(second: float, comma: str) -> str:
    thousandths = round(second * 1000)
    whole = thousandths // 1000
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}{comma}{thousandths % 1000:03}"
