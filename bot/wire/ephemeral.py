"""Messages in a group that one person sees (Bot API 10.2, and 10.3 under another name).

A server that does not know the parameters takes no notice of them, and the message is seen by everybody, as before: its
reply says so, and it is not asked again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from konspekt.bot.wire.abilities import Abilities

NEWER, OLDER = "ephemeral_message_parameters", "receiver_user_id"  # of 10.3; of 10.2
SENT = "ephemeral_message_id"  # in what comes back


def form_of(abilities: Abilities) -> str | None:
    """The parameter by which this server sends to one person; None where it cannot."""
    return next((form for form in (NEWER, OLDER) if abilities.has(form)), None)


def parameters(form: str, receiver: int, callback_query_id: str | None = None) -> dict[str, Any]:
    """`callback_query_id`: of the press that the message answers."""
    fields: dict[str, Any] = {"receiver_user_id": receiver}
    if callback_query_id is not None:
        fields["callback_query_id"] = callback_query_id
    return {form: fields} if form == NEWER else fields


def note_reply(abilities: Abilities, form: str, reply: Mapping[str, Any]) -> None:
    """What the server answered beyond the fields that are known to the library."""
    if SENT not in reply:
        abilities.lacks(form)
