"""Fields of requests that other servers know: which mean nothing here, which would change the answer and are refused.

What is in neither table is named in a header of the answer. Sources, checked 2026-11-29:
https://platform.openai.com/docs/api-reference/chat/create,
https://docs.vllm.ai/en/stable/serving/openai_compatible_server,
https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, model_validator

from konspekt.serving.errors import InvalidRequestError

IGNORED_HEADER = "X-Ignored-Fields"
_TOLD = 16  # names in the header

# name -> the values that ask for nothing; so do null, false, "", [] and {} everywhere
UNSUPPORTED: dict[str, tuple[Any, ...]] = {
    # OpenAI
    "functions": (),
    "function_call": ("none", "auto"),
    "audio": (),
    "modalities": (["text"],),
    "prediction": (),
    "web_search_options": (),
    "echo": (),
    "suffix": (),
    "best_of": (1,),
    # vLLM
    "use_beam_search": (),
    "length_penalty": (1.0,),
    "bad_words": (),
    "allowed_token_ids": (),
    "prompt_logprobs": (),
    "include_stop_str_in_output": (),
    "spaces_between_special_tokens": (True,),
    "return_tokens_as_token_ids": (),
    "chat_template": (),
    "add_generation_prompt": (True,),
    "continue_final_message": (),
    "documents": (),
    "logits_processors": (),
    "structural_tag": (),
    # llama.cpp
    "mirostat": (0,),
    "typical_p": (1.0,),
    "dynatemp_range": (0,),
    "dry_multiplier": (0,),
    "xtc_probability": (0,),
    "top_n_sigma": (-1,),
    "repeat_last_n": (-1,),
    "n_probs": (0,),
    "samplers": (),
    "lora": (),
}
# They say who asks, or how to serve it, and change no answer.
HARMLESS = frozenset(
    (
        "user",
        "metadata",
        "store",
        "service_tier",
        "safety_identifier",
        "prompt_cache_key",
        "prompt_cache_retention",
        "request_id",
        "priority",
        "cache_prompt",
        "id_slot",
        "timings_per_token",
        "guided_decoding_backend",
    )
)


class Lenient(BaseModel):
    """A null is a field left out, whatever the field; unknown fields are kept, to be reported."""

    model_config = ConfigDict(extra="allow", allow_inf_nan=False)
    unsupported: ClassVar[Mapping[str, tuple[Any, ...]]] = UNSUPPORTED

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, data: Any) -> Any:
        return {key: value for key, value in data.items() if value is not None} if isinstance(data, dict) else data

    @property
    def unknown(self) -> dict[str, Any]:
        """Fields that the model does not name."""
        return self.model_extra or {}

    def refuse_unsupported(self) -> None:
        """Raises InvalidRequestError for a field that would change the answer and is not implemented."""
        for name, value in self.unknown.items():
            if name in self.unsupported and value not in (None, False, "", [], {}, *self.unsupported[name]):
                raise InvalidRequestError(f"`{name}` is not supported by this server", name, "unsupported_parameter")

    def ignored(self) -> list[str]:
        """Names of fields that are unknown here."""
        return [name for name in self.unknown if name not in self.unsupported and name not in HARMLESS]


def at_most(count: int, of: str) -> Callable[[Any], Any]:
    """Refuses a longer list before anything is built from its items, errors for the wrong ones included."""

    def check(value: Any) -> Any:
        if isinstance(value, list) and len(value) > count:
            raise ValueError(f"at most {count} {of}, not {len(value)}")
        return value

    return check


def ignored_header(names: Iterable[str]) -> dict[str, str]:
    """A header that tells a client which of its fields did nothing; empty if all did something."""
    known = sorted(set(names))
    told = [quote(name[:64], safe="._[]") for name in known[:_TOLD]] + (["and more"] if len(known) > _TOLD else [])
    return {IGNORED_HEADER: ", ".join(told)} if told else {}
