"""How a model is sampled when a request does not say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.serving.errors import ModelFileError
from konspekt.serving.http.protocol import Sampling
from konspekt.serving.model.sampling_defaults import (
    SamplingDefaults,
    defaults_from,
    defaults_from_folder,
    defaults_from_gguf,
)

ADVICE = SamplingDefaults(temperature=0.7, top_k=20, top_p=0.8)


def asked(**fields: Any) -> SamplingDefaults:
    params = Sampling.model_validate(fields).params(8, None, ADVICE)
    return SamplingDefaults(params.temperature, params.top_k, params.top_p, params.min_p)


def test_a_request_that_says_nothing_gets_the_recommendation() -> None:
    assert asked() == ADVICE


def test_what_a_request_says_wins_also_where_it_switches_something_off() -> None:
    assert asked(temperature=0) == SamplingDefaults(0.0, 20, 0.8)
    assert asked(top_k=0, top_p=1, min_p=0.1) == SamplingDefaults(0.7, 0, 1.0, 0.1)
    assert asked(top_k=-1) == SamplingDefaults(0.7, 0, 0.8)  # vLLM's "all tokens"


def test_a_folder_says_it_in_generation_config(tmp_path: Path) -> None:
    assert defaults_from_folder(tmp_path) == SamplingDefaults()
    config = tmp_path / "generation_config.json"
    config.write_text(json.dumps({"temperature": 0.7, "top_k": 20, "top_p": 0.8, "eos_token_id": [1, 2]}))
    assert defaults_from_folder(tmp_path) == ADVICE
    for broken in ("[1]", "{"):
        config.write_text(broken)
        with pytest.raises(ModelFileError, match="generation_config"):
            defaults_from_folder(tmp_path)


def test_a_gguf_file_says_it_under_general_sampling() -> None:
    values = {"general.sampling.temp": 0.7, "general.sampling.top_k": 20, "general.sampling.top_p": 0.8}
    assert defaults_from_gguf(values | {"general.name": "x"}) == ADVICE


@given(
    st.dictionaries(st.sampled_from(["temperature", "top_k", "top_p", "min_p"]), st.none() | st.text() | st.floats())
)
def test_nonsense_in_a_file_never_becomes_a_setting(values: dict[str, Any]) -> None:
    found = defaults_from(values)
    assert 0 <= found.temperature <= 100
    assert found.top_k >= 0
    assert 0 < found.top_p <= 1
    assert 0 <= found.min_p <= 1
