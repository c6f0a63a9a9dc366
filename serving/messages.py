"""What a server tells the person who starts it, before it serves, in English and Russian.

What clients are told over HTTP, and what is wrong inside a model's file, is English alone: programs read the one, and
names of keys and tensors make up the other.
"""

from __future__ import annotations

from konspekt.bilingual import Bilingual, Texts, fill

MESSAGES: Texts = {
    "port": {
        "en": "cannot listen on {host}:{port}: {reason}; choose another --port",
        "ru": "не удаётся слушать {host}:{port}: {reason}; выберите другой --port",
    },
    "open_without_key": {
        "en": "--host {host} opens the server to the network, and without a key anyone there can use it: put a long "
        "random key into SERVE_API_KEY or into a file for --api-key-file, or say --no-key if that is what you want",
        "ru": "--host {host} открывает сервер в сеть, и без ключа им сможет пользоваться кто угодно: запишите длинный "
        "случайный ключ в SERVE_API_KEY или в файл для --api-key-file либо укажите --no-key, если так и задумано",
    },
    "key_file": {
        "en": "--api-key-file {path}: {reason}",
        "ru": "--api-key-file {path}: {reason}",
    },
    "key_file_empty": {
        "en": "--api-key-file {path}: there is no key in it; it takes one line",
        "ru": "--api-key-file {path}: ключа в файле нет; нужна одна строка с ключом",
    },
    "key_on_the_command_line": {
        "en": "a key on the command line is shown to every user of this machine in the list of processes: put it into "
        "SERVE_API_KEY, or into a file for --api-key-file",
        "ru": "ключ в командной строке виден всем пользователям этой машины в списке процессов: запишите его в "
        "SERVE_API_KEY или в файл для --api-key-file",
    },
    "memory": {
        "en": "{models} needs about {needed} MiB of memory, {free} MiB are free; take a smaller model (`konspekt "
        "models list`) or close something",
        "ru": "{models}: нужно около {needed} МиБ памяти, свободно {free} МиБ; возьмите модель меньше (`konspekt "
        "models list`) или закройте что-нибудь",
    },
    "gpu_memory": {
        "en": "{models} needs about {needed} MiB of GPU memory, {free} MiB are free; take a smaller model (`konspekt "
        "models list`) or close something",
        "ru": "{models}: нужно около {needed} МиБ памяти GPU, свободно {free} МиБ; возьмите модель меньше (`konspekt "
        "models list`) или закройте что-нибудь",
    },
    "states": {
        "en": "{model} needs another {needed} MiB for the states of its answers, {free} MiB are free; take a smaller "
        "model (`konspekt models list`) or close something",
        "ru": "{model}: нужно ещё {needed} МиБ для состояний ответов, свободно {free} МиБ; возьмите модель меньше "
        "(`konspekt models list`) или закройте что-нибудь",
    },
    "became": {
        "en": "{count} matrices of {kind} are read as {name}, {how}",
        "ru": "матрицы {kind} ({count}) читаются как {name}, {how}",
    },
    "exact": {
        "en": "bit for bit",
        "ru": "бит в бит",
    },
    "rounded": {
        "en": "rounded",
        "ru": "с округлением",
    },
    "no_cuda": {
        "en": "--device cuda: this torch was built without CUDA: install another (https://pytorch.org/get-started) "
        "or take --device cpu",
        "ru": "--device cuda: этот torch собран без CUDA: поставьте другой (https://pytorch.org/get-started) или "
        "возьмите --device cpu",
    },
    "no_gpu": {
        "en": "--device cuda: torch finds no CUDA device: see whether `nvidia-smi` finds one, or take --device cpu",
        "ru": "--device cuda: torch не видит устройств CUDA: проверьте, видит ли их `nvidia-smi`, или возьмите "
        "--device cpu",
    },
    "no_triton": {
        "en": "--device cuda needs Triton: pip install 'triton>=3.6', or take --device cpu",
        "ru": "для --device cuda нужен Triton: pip install 'triton>=3.6', или возьмите --device cpu",
    },
    "other_backend": {
        "en": "--device cuda: KONSPEKT_KERNELS={name} computes on the CPU; unset it, or take --device cpu",
        "ru": "--device cuda: KONSPEKT_KERNELS={name} считает на CPU; уберите эту переменную или возьмите --device cpu",
    },
    "old_gpu": {
        "en": "--device cuda: {gpu} has compute capability {capability}, the kernels need 8.0 (Ampere) or newer; take "
        "--device cpu",
        "ru": "--device cuda: у {gpu} compute capability {capability}, а ядрам нужна 8.0 (Ampere) или новее; возьмите "
        "--device cpu",
    },
}


def say(key: str, /, **values: object) -> Bilingual:
    return fill(MESSAGES, key, **values)
