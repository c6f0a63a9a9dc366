"""Where a post should go: `x,linkedin:en` or `all` into networks, each with its language."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from konspekt.conversion.error_messages import wrong
from konspekt.conversion.errors import UnknownNetwork
from konspekt.conversion.network import Network
from konspekt.conversion.networks import all_networks, network


@dataclass(frozen=True, slots=True)
class Target:
    """A network and the language of its draft; None means the post's own."""

    network: Network
    lang: str | None = None


def parse_targets(names: str | Sequence[str], lang: str | None = None) -> list[Target]:
    """Targets of a comma-separated list. `lang` holds for those that name none. Raises UnknownNetwork."""
    parts = names.split(",") if isinstance(names, str) else names
    targets: list[Target] = []
    for part in parts:
        name, _, own = part.strip().partition(":")
        if not name:
            continue
        own_lang = own.strip().lower() or lang
        if own_lang and not re.fullmatch(r"[a-z]{2,3}", own_lang):
            raise UnknownNetwork(wrong("no_language", lang=repr(own_lang)))
        found = list(all_networks().values()) if name == "all" else [network(name.lower())]
        targets.extend(Target(one, own_lang) for one in found)
    if not targets:
        raise UnknownNetwork(wrong("none_named", known=", ".join(all_networks())))
    return list(dict.fromkeys(targets))
