"""The one client of a language model."""

from konspekt.llm_client.chat import ChatModel, Message
from konspekt.llm_client.endpoint import EndpointSettings
from konspekt.llm_client.errors import (
    LLMBadRequest,
    LLMBadResponse,
    LLMError,
    LLMFiltered,
    LLMNotThere,
    LLMQuotaExceeded,
    LLMRefused,
    LLMTimeout,
    LLMUnavailable,
)
from konspekt.llm_client.several import MismatchedList, listed
from konspekt.llm_client.text_stream import TextStream
from konspekt.llm_client.usage import Completion, Usage

__all__ = [
    "ChatModel",
    "Completion",
    "EndpointSettings",
    "LLMBadRequest",
    "LLMBadResponse",
    "LLMError",
    "LLMFiltered",
    "LLMNotThere",
    "LLMQuotaExceeded",
    "LLMRefused",
    "LLMTimeout",
    "LLMUnavailable",
    "Message",
    "MismatchedList",
    "TextStream",
    "Usage",
    "listed",
]
