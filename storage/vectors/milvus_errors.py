"""What a failure of Milvus means for the user."""

from __future__ import annotations

from konspekt.bilingual import Bilingual
from konspekt.storage.messages import say
from konspekt.storage.vectors.milvus_address import MilvusAddress

UNREACHABLE = ("fail connecting", "failed to connect", "timeout", "timed out", "unavailable", "deadline", "refused")
FORBIDDEN = ("auth", "permission", "privilege")
TAKEN = ("lock",)  # Milvus Lite: one process at a time
LONGEST = 300  # characters of what the engine says


def meaning_of(error: Exception, address: MilvusAddress) -> Bilingual | None:
    """None for a mistake of ours."""
    name, said = type(error).__name__, " ".join(str(error).split())[:LONGEST]
    if not type(error).__module__.startswith(("pymilvus", "milvus_lite", "grpc")):
        return None
    lower = said.lower()
    if address.is_lite and ("connect" in name.lower() or any(mark in lower for mark in (*TAKEN, *UNREACHABLE))):
        return say("milvus_lite_not_opened", path=address.shown, reason=said)
    if any(mark in lower for mark in FORBIDDEN):
        return say("milvus_forbidden", address=address.shown)
    if any(mark in lower for mark in UNREACHABLE) or "Connect" in name:
        return say("milvus_unreachable", address=address.shown, reason=said)
    return say("milvus_failed", address=address.shown, reason=said)
