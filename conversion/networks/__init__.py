"""The networks, each a file with its rules as data. A new one: a file with `NETWORKS` here, and a test file."""

from __future__ import annotations

import importlib
import pkgutil
from functools import lru_cache

from konspekt.conversion.error_messages import wrong
from konspekt.conversion.errors import UnknownNetwork
from konspekt.conversion.network import Network

# The order of `--to all` and of the buttons in Telegram; files that are not named here come last.
_ORDER = (
    "x",
    "threads",
    "bluesky",
    "mastodon",
    "linkedin",
    "instagram",
    "facebook",
    "vk",
    "reddit",
    "discord",
    "telegram",
    "habr",
    "medium",
    "devto",
    "markdown",
)


@lru_cache(maxsize=1)
def all_networks() -> dict[str, Network]:
    """Every network by its name."""
    found: dict[str, Network] = {}
    there = {module.name for module in pkgutil.iter_modules(__path__)}
    for name in dict.fromkeys((*_ORDER, *sorted(there))):
        for network in importlib.import_module(f"konspekt.conversion.networks.{name}").NETWORKS:
            found[network.name] = network
    return found


def network(name: str) -> Network:
    """The network of that name. Raises UnknownNetwork with the names there are."""
    networks = all_networks()
    if name not in networks:
        raise UnknownNetwork(wrong("no_network", name=repr(name), known=", ".join(networks)))
    return networks[name]
