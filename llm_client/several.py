"""Several endpoints written in one line, with a comma between them."""

from __future__ import annotations

from konspekt.llm_client.endpoint import EndpointSettings


class MismatchedList(ValueError):
    """`name`: of which there are as many as neither one nor the addresses."""

    def __init__(self, name: str, given: int, addresses: int) -> None:
        super().__init__(f"{given} {name} for {addresses} addresses")
        self.name, self.given, self.addresses = name, given, addresses


def listed(base_urls: str | None, api_keys: str | None = None, models: str | None = None) -> list[EndpointSettings]:
    """`a,b` with keys and models by position, or one for all. Without an address: the library's own (OpenAI's).

    Raises MismatchedList.
    """
    addresses: list[str | None] = [*_parts(base_urls)] or [None]
    keys = _each("keys", _parts(api_keys), len(addresses))
    names = _each("models", _parts(models), len(addresses))
    return [EndpointSettings(*one) for one in zip(addresses, keys, names, strict=True)]


def _parts(value: str | None) -> list[str]:
    return [part.strip() for part in (value or "").split(",") if part.strip()]


def _each(name: str, given: list[str], addresses: int) -> list[str | None]:
    if len(given) <= 1:
        return [given[0] if given else None] * addresses
    if len(given) != addresses:
        raise MismatchedList(name, len(given), addresses)
    return [*given]
