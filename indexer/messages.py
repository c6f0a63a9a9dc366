"""What indexing and searching say when something is wrong, in English and Russian; sources have their own."""

from __future__ import annotations

from konspekt.bilingual import Bilingual, Texts, fill

MESSAGES: Texts = {
    "nothing_indexed": {
        "en": "nothing is indexed yet: run `konspekt reindex PATH`",
        "ru": "ещё ничего не проиндексировано: запустите `konspekt reindex ПУТЬ`",
    },
    "running": {
        "en": "a reindex is already running (process {pid}, since {since} UTC); try again when it is done",
        "ru": "индексация уже идёт (процесс {pid}, с {since} UTC); повторите, когда она закончится",
    },
    "running_unknown": {
        "en": "a reindex is already running (it holds {lock}); try again when it is done",
        "ru": "индексация уже идёт (она держит {lock}); повторите, когда она закончится",
    },
    "running_elsewhere": {
        "en": "another reindex works on this database, maybe from another machine; try again when it is done",
        "ru": "с этой базой уже работает другая индексация, возможно с другой машины; повторите, когда она закончится",
    },
    "not_writable": {
        "en": "{folder}: cannot write there: {reason}; check KONSPEKT_HOME",
        "ru": "{folder}: не удаётся писать: {reason}; проверьте KONSPEKT_HOME",
    },
    "stopped": {
        "en": "the reindex was stopped; the old index still serves, the next run continues",
        "ru": "индексация остановлена; работает прежний индекс, следующий запуск продолжит",
    },
    "no_ray": {
        "en": "several workers need Ray: `pip install 'konspekt[ray]'`, or leave out --workers",
        "ru": "для нескольких процессов нужен Ray: `pip install 'konspekt[ray]'`, или уберите --workers",
    },
    "bad_workers": {
        "en": "--workers {given}: give a number from 1 on, or the address of a Ray cluster, ray://host:10001",
        "ru": "--workers {given}: укажите число от 1 или адрес кластера Ray, ray://host:10001",
    },
    "no_cluster": {
        "en": "{address}: the Ray cluster cannot be used: {reason}. Check the address, that `ray start` runs there and "
        "that it has this Python, this Ray and this Konspekt, and its token (RAY_AUTH_TOKEN) if it wants one; the old "
        "index still serves",
        "ru": "{address}: кластер Ray недоступен: {reason}. Проверьте адрес, запущен ли там `ray start`, те же ли "
        "там Python, Ray и Konspekt, и токен (RAY_AUTH_TOKEN), если он нужен; работает прежний индекс",
    },
    "worker_failed": {
        "en": "a worker on {host} could not do its part: {reason}. The old index still serves, the next run continues",
        "ru": "процесс на {host} не справился: {reason}. Работает прежний индекс, следующий запуск продолжит",
    },
    "worker_version": {
        "en": "it has another version of Konspekt (it cuts as {worker}, asked was {asked}); install the same one there",
        "ru": "там другая версия Konspekt (режет как {worker}, а нужно {asked}); поставьте туда такую же",
    },
    "workers_die": {
        "en": "the same batch was lost with its worker again and again ({reason}); check the memory of the machines. "
        "The old index still serves, the next run continues",
        "ru": "одна и та же порция раз за разом теряется вместе с процессом ({reason}); проверьте память машин. "
        "Работает прежний индекс, следующий запуск продолжит",
    },
    "no_source": {
        "en": "there is no source {source}; there are: {known}",
        "ru": "источника {source} нет; есть: {known}",
    },
    "none": {
        "en": "none",
        "ru": "ни одного",
    },
    "not_finite": {
        "en": "{model}: the model produced vectors that are not finite",
        "ru": "{model}: модель выдала бесконечные или неопределённые векторы",
    },
    "no_vectors": {
        "en": "{missing} of {total} chunks have no vector; run `konspekt reindex --full`",
        "ru": "у {missing} из {total} фрагментов нет вектора; запустите `konspekt reindex --full`",
    },
    "staged_without_vectors": {
        "en": "{missing} chunks have no vector; run `konspekt reindex` again",
        "ru": "у {missing} фрагментов нет вектора; запустите `konspekt reindex` ещё раз",
    },
    "no_reranker": {
        "en": "no reranker is configured: set RERANKER_MODEL to a sentence-transformers CrossEncoder",
        "ru": "переранжирование не настроено: укажите в RERANKER_MODEL модель CrossEncoder из sentence-transformers",
    },
    "other_model": {
        "en": "the index was made with {made}, EMBEDDING_MODEL is {wanted}: run `konspekt reindex`",
        "ru": "индекс построен моделью {made}, а EMBEDDING_MODEL — {wanted}: запустите `konspekt reindex`",
    },
    "model_not_read": {
        "en": "{path}: cannot read the embedding model: {reason}; `konspekt models fetch {name}` fetches it",
        "ru": "{path}: модель эмбеддингов не читается: {reason}; её скачает `konspekt models fetch {name}`",
    },
    "model_foreign": {
        "en": "{path}: not an e5-small-q4.bin file; delete it and run `konspekt models fetch {name}`",
        "ru": "{path}: это не файл e5-small-q4.bin; удалите его и запустите `konspekt models fetch {name}`",
    },
    "model_damaged": {
        "en": "{path}: damaged ({reason}); delete it and run `konspekt models fetch {name}`",
        "ru": "{path}: файл повреждён ({reason}); удалите его и запустите `konspekt models fetch {name}`",
    },
    "model_lacks": {
        "en": "the embedding model lacks the tensor {tensor!r}; it is another model than expected",
        "ru": "в модели эмбеддингов нет тензора {tensor!r}: это не та модель",
    },
    "model_no_folder": {
        "en": "{setting}={name}: there is no such folder; give a folder of a sentence-transformers model, or a "
        "name org/model",
        "ru": "{setting}={name}: такой папки нет; укажите папку модели sentence-transformers или имя вида org/model",
    },
    "model_unknown": {
        "en": "{setting}={name}: the model hub knows no such model, or it is not public; check the name{otherwise}",
        "ru": "{setting}={name}: в хабе моделей такой модели нет или она закрыта; проверьте имя{otherwise}",
    },
    "model_offline": {
        "en": "{setting}={name}: the model is not on this machine, and the model hub cannot be reached "
        "({reason}); check the network{otherwise}",
        "ru": "{setting}={name}: модели нет на этой машине, а хаб моделей недоступен ({reason}); проверьте "
        "сеть{otherwise}",
    },
    "model_unloadable": {
        "en": "{setting}={name}: cannot load it ({reason}); check that it is a sentence-transformers model{otherwise}",
        "ru": "{setting}={name}: не загружается ({reason}); проверьте, что это модель sentence-transformers{otherwise}",
    },
    "model_no_safetensors": {
        "en": "{setting}={name}: its weights are not in safetensors ({reason}), and pickles, which run code, are not "
        "read; take a revision or a model with model.safetensors{otherwise}",
        "ru": "{setting}={name}: веса лежат не в safetensors ({reason}), а pickle, который исполняет код, не читается; "
        "возьмите ревизию или модель с model.safetensors{otherwise}",
    },
    "model_no_revision": {
        "en": "it does not say at which revision the model is",
        "ru": "он не называет ревизию модели",
    },
    "or_default": {
        "en": ", or unset EMBEDDING_MODEL for the embedded default",
        "ru": " или уберите EMBEDDING_MODEL: тогда работает встроенная модель",
    },
    "or_no_reranker": {
        "en": ", or unset RERANKER_MODEL",
        "ru": " или уберите RERANKER_MODEL",
    },
    "questions_unreadable": {
        "en": "{path}: it cannot be read as UTF-8 text: {reason}",
        "ru": "{path}: не читается как текст в UTF-8: {reason}",
    },
    "no_questions": {
        "en": '{path}: no question in it — write lines like {{"question": "…", "accept": ["…"]}}',
        "ru": '{path}: в файле нет вопросов — пишите строки вида {{"question": "…", "accept": ["…"]}}',
    },
    "questions_unchecked": {
        "en": "{path}: none of its {count} questions is checked yet — run `konspekt eval review {path}` first",
        "ru": "{path}: ни один из вопросов (их {count}) ещё не проверен — сначала `konspekt eval review {path}`",
    },
    "no_questions_of_split": {
        "en": "{path}: no question of split {split!r} in it",
        "ru": "{path}: в нём нет вопросов части {split!r}",
    },
    "question_not_json": {
        "en": "{place}: not a line of JSON: {reason} at column {column}",
        "ru": "{place}: строка — не JSON: {reason}, позиция {column}",
    },
    "question_without_text": {
        "en": '{place}: it needs a "question" with text',
        "ru": '{place}: нужен непустой "question"',
    },
    "question_accept": {
        "en": '{place}: "accept" must be a list of phrases; an empty list asks for a refusal',
        "ru": '{place}: "accept" — список фраз; пустой список значит, что верен отказ',
    },
}


def say(key: str, /, **values: object) -> Bilingual:
    return fill(MESSAGES, key, **values)
