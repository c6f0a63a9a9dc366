"""What `konspekt eval` says, in English and Russian."""

from __future__ import annotations

from konspekt.bilingual import Bilingual, Texts, fill

MESSAGES: Texts = {
    "cases_written": {
        "en": "{count} questions written to {path}",
        "ru": "Вопросов записано: {count}, файл {path}",
    },
    "cases_none": {
        "en": "no case is kept yet: go through them with /cases in Telegram",
        "ru": "разобранных случаев пока нет: разберите их командой /cases в Telegram",
    },
    "calibrate_step": {"en": "judging", "ru": "сужу"},
    "calibrate_few": {
        "en": "too few questions to fit a threshold: {count} ({answerable} answerable, {others} to be refused), and "
        "it takes {fewest}, at least 8 of each kind. `konspekt eval make` writes some from your material.",
        "ru": "для порога вопросов мало: {count} (с ответом {answerable}, без ответа {others}), а нужно {fewest}, "
        "каждого вида хотя бы 8. Написать вопросы по вашим материалам: `konspekt eval make`.",
    },
    "calibrate_no_refusals": {
        "en": "{answerable} of the {count} questions are answerable, so nothing tells when to refuse: add at least 8 "
        'that the material does not answer ("accept": []), near to its topics',
        "ru": "из {count} вопросов ответ есть у {answerable}, и по ним не видно, когда отказывать: добавьте хотя бы 8 "
        'близких по теме, на которые материал не отвечает ("accept": [])',
    },
    "calibrate_no_answerable": {
        "en": "only {answerable} of the {count} questions are answerable, so nothing tells when to answer: add at "
        'least 8 with their answer ("accept": ["…"])',
        "ru": "из {count} вопросов ответ есть только у {answerable}, и по ним не видно, когда отвечать: добавьте хотя "
        'бы 8 с ответом ("accept": ["…"])',
    },
    "calibrate_curve": {"en": "Risk and coverage", "ru": "Риск и охват"},
    "calibrate_compared": {
        "en": "Thresholds (95 % intervals; the fitted one measured on questions it was not chosen by)",
        "ru": "Пороги (интервалы 95 %; подобранный измерен на вопросах, по которым его не выбирали)",
    },
    "calibrate_summary": {
        "en": "{questions} questions, {must_be_refused} to be refused, {left_out} left out (small talk is decided "
        "otherwise). Telling them apart: {area} (0.50 is chance).",
        "ru": "Вопросов {questions}, из них без ответа {must_be_refused}, не в счёт {left_out} (болтовня решается "
        "иначе). Различимость: {area} (0.50 — наугад).",
    },
    "calibrate_changes": {
        "en": "Decided otherwise than now: answered rightly {answered_rightly}, answered wrongly {answered_wrongly}, "
        "refused rightly {refused_rightly}, refused wrongly {refused_wrongly}.",
        "ru": "Решится иначе, чем сейчас: верных ответов {answered_rightly}, лишних ответов {answered_wrongly}, верных "
        "отказов {refused_rightly}, лишних отказов {refused_wrongly}.",
    },
    "calibrate_written": {
        "en": "written to {path}; a running bot reads it at its next start. Delete the file to go back.",
        "ru": "записано в {path}; работающий бот прочтёт это при следующем запуске. Удалите файл, чтобы вернуться.",
    },
    "calibrate_not_written": {
        "en": "nothing is changed; --write makes answers follow the fitted threshold",
        "ru": "ничего не изменено; с --write ответы пойдут по подобранному порогу",
    },
    "calibrate_apart": {
        "en": "--write and --false-refusals belong to --calibrate",
        "ru": "--write и --false-refusals ставят вместе с --calibrate",
    },
    "column_rule": {"en": "threshold of", "ru": "порог"},
    "column_threshold": {"en": "probability", "ru": "вероятность"},
    "column_answered": {"en": "answered", "ru": "отвечено"},
    "column_wrong_answers": {"en": "wrong answers", "ru": "лишние ответы"},
    "column_wrong_refusals": {"en": "wrong refusals", "ru": "лишние отказы"},
    "rule_now": {"en": "now", "ru": "сейчас"},
    "rule_fitted": {"en": "your questions", "ru": "по вашим вопросам"},
    "answers_step": {"en": "asking", "ru": "спрашиваю"},
    "make_step": {"en": "writing", "ru": "пишу"},
    "make_no_documents": {
        "en": "nothing is indexed here: run `konspekt reindex` first",
        "ru": "здесь ничего не проиндексировано: сначала `konspekt reindex`",
    },
    "make_nothing": {
        "en": "no sentence here can be turned into a question by rule; with a capable model configured there are more",
        "ru": "ни одно предложение по правилам в вопрос не превращается; с сильной моделью вопросов больше",
    },
    "make_done": {
        "en": "{count} questions ({answerable} answerable, {near} near misses) written to {path}. They count once they "
        "are checked: konspekt eval review {path}",
        "ru": "Вопросов записано: {count} (с ответом {answerable}, без ответа {near}), файл {path}. В счёт они пойдут "
        "после проверки: konspekt eval review {path}",
    },
    "make_fewer": {
        "en": "fewer than the {wanted} that were asked for: the rules found no more. A capable model writes more.",
        "ru": "меньше, чем просили ({wanted}): по правилам больше не нашлось. Сильная модель напишет больше.",
    },
    "make_model_failed": {
        "en": "the model failed ({reason}): the rest is written by rule",
        "ru": "модель не ответила ({reason}): остальное пишу по правилам",
    },
    "review_prompt": {
        "en": "  y keep · n drop · e edit · q stop: ",
        "ru": "  y оставить · n убрать · e править · q прервать: ",
    },
    "review_keys": {"en": "  one of y, n, e, q", "ru": "  нажмите y, n, e или q"},
    "review_question": {"en": "  question (empty: as it is): ", "ru": "  вопрос (пусто — как есть): "},
    "review_answer": {
        "en": "  words of the answer, {separator} between several (empty: as they are, {none}: not in the material): ",
        "ru": "  слова ответа, несколько через {separator} (пусто — как есть, {none} — в материалах нет): ",
    },
    "review_no_answer": {"en": "not in the material", "ru": "в материалах нет"},
    "review_done": {
        "en": "{kept} kept, {dropped} dropped, {left} still to be checked",
        "ru": "оставлено {kept}, убрано {dropped}, ещё не проверено {left}",
    },
    "out_exists": {
        "en": "{path} exists: choose another file, or add --force to overwrite it",
        "ru": "файл {path} уже есть: выберите другой или добавьте --force, чтобы перезаписать",
    },
    "out_failed": {
        "en": "{path} cannot be written: {reason}",
        "ru": "файл {path} не записывается: {reason}",
    },
}


def say(key: str, /, **values: object) -> Bilingual:
    return fill(MESSAGES, key, **values)
