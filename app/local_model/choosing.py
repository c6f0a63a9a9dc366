"""`LOCAL_MODEL=auto`: the best model of the ladder that fits into memory and is here, or else can be had.

A model that is here comes first: an update of Konspekt fetches no gigabytes by itself. `konspekt models recommend`
says what was chosen and why not the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from konspekt.app.settings import Settings
from konspekt.modelhub.ladder import BOT, LADDER, Rung

AUTO = "auto"
State = Literal["here", "reachable", "unreachable", "too_large"]


@dataclass(frozen=True, slots=True)
class Candidate:
    rung: Rung
    state: State
    here: bool


def examined(
    rungs: Iterable[Rung], free: int | None, is_here: Callable[[Rung], bool], is_reachable: Callable[[Rung], bool]
) -> Iterator[Candidate]:
    """What can be said of each model. `free`: bytes of memory, None where it is unknown: then all fit. Nothing that is
    too large or here is asked for."""
    for rung in rungs:
        here = is_here(rung)
        if free is not None and rung.memory + BOT > free:
            yield Candidate(rung, "too_large", here)
        elif here:
            yield Candidate(rung, "here", here)
        else:
            yield Candidate(rung, "reachable" if is_reachable(rung) else "unreachable", here)


def best(candidates: Iterable[Candidate]) -> Rung:
    """The best that is here and fits, else the best that can be had and fits, else the smallest of all."""
    known = list(candidates)
    for state in ("here", "reachable"):
        for candidate in known:
            if candidate.state == state:
                return candidate.rung
    return min((candidate.rung for candidate in known), key=lambda rung: rung.memory)


def look_around(settings: Settings, *, network: bool = True) -> list[Candidate]:
    """The whole ladder on this machine. Without `network` only what needs no hub counts as reachable."""
    return list(examined(LADDER, free_memory(), _here(settings.models), _Asking() if network else _needs_no_hub))


def chosen_model(settings: Settings, *, network: bool = True) -> str:
    """The name that LOCAL_MODEL stands for. Asks a hub only where no model of the ladder is here."""
    if settings.local_model.lower() != AUTO:
        return settings.local_model
    near = look_around(settings, network=False)
    if network and not any(candidate.state == "here" for candidate in near):
        near = look_around(settings)
    return best(near).name


def with_chosen_model(settings: Settings, *, network: bool = True) -> Settings:
    """The settings with a model's name in place of `auto`."""
    return settings.model_copy(update={"local_model": chosen_model(settings, network=network)})


def free_memory() -> int | None:
    """Bytes that a model's server may take here; None where the system does not say."""
    import torch

    from konspekt.serving.memory import available_memory

    return available_memory(torch.device("cpu"))


def _here(models: Path) -> Callable[[Rung], bool]:
    from konspekt import modelhub

    return lambda rung: modelhub.find(rung.name, models) is not None


def _needs_no_hub(rung: Rung) -> bool:
    return rung.repository is None


class _Asking:
    """Whether a model can be had. A hub that does not answer once is not waited for again."""

    def __init__(self) -> None:
        self._silent = False

    def __call__(self, rung: Rung) -> bool:
        from konspekt import modelhub

        if rung.repository is None:
            return True
        if not self._silent:
            try:
                return modelhub.hub_has(rung.repository)
            except modelhub.FetchError:
                self._silent = True
        return False
