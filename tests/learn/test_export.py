from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from muso.errors import ExportError
from muso.learn.export import TOLERANCE, check_parity, quantize

GOOD = np.array([[0.7, 0.3], [0.1, 0.9]])


def test_parity_is_the_largest_difference() -> None:
    assert check_parity("x", GOOD, GOOD) == 0
    moved = GOOD + np.array([[0.01, -0.01], [0.001, -0.001]])
    assert check_parity("x", moved, GOOD) == pytest.approx(0.01)


@pytest.mark.parametrize("wrong", [GOOD[::-1], GOOD + 2 * TOLERANCE, GOOD * np.nan], ids=str)
def test_another_answer_is_refused(wrong: np.ndarray) -> None:
    with pytest.raises(ExportError, match=r"roll: onnxruntime's .* the bundle was not written"):
        check_parity("roll", wrong, GOOD)


@given(arrays(np.float32, (6, 4), elements=st.floats(-1e4, 1e4, width=32)), st.sampled_from([0, 1]))
def test_int8_is_at_most_half_a_step_off_along_its_axis(weight: np.ndarray, axis: int) -> None:
    whole, scale = quantize(weight, axis)
    assert whole.dtype == np.int8
    assert scale.shape == ((6, 1), (1, 4))[axis]
    assert (np.abs(whole * scale - weight) <= scale * 0.501).all()
    assert (np.abs(whole).max(axis=1 - axis)[np.abs(weight).max(axis=1 - axis) > 1e-6] == 127).all()
