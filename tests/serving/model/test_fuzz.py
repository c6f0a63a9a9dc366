"""Three hundred of the cases that `make fuzz-models` runs ten thousand of, with the kernels as they are installed."""

from __future__ import annotations

import os

from tests.conftest import ROOT
from tests.serving.model.fuzz import run_apart


def test_a_mutated_model_file_is_refused_in_words_or_right() -> None:
    path = os.pathsep.join((str(ROOT / "src"), str(ROOT)))
    ends, failed = run_apart(0, 300, {"PYTHONPATH": path})
    assert not failed, "\n".join(failed)[:6000]
    assert sum(ends.values()) == 300
    assert ends["refused"] > 150
    assert ends["another model"] + ends["right, as before"] > 20
