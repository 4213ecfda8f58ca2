"""How sure a bundle is, on probabilities made by rule."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from muso.bundle.sureness import soften, sureness, usual_sureness
from muso.judge.unknown import refused_at

LABELS = ("Bach", "Haydn", "Mozart")


@given(st.lists(st.floats(0, 1), min_size=2, max_size=9).filter(lambda row: sum(row) > 0.01))
def test_softened_probabilities_keep_their_order_and_sum(row: list[float]) -> None:
    probability = np.array(row) / sum(row)
    softened = soften(probability)
    assert softened.sum() == pytest.approx(1)
    assert (softened[np.argsort(probability, kind="stable")][1:] >= 0).all()
    assert (np.diff(softened[np.argsort(probability, kind="stable")]) >= -1e-12).all()


def test_what_is_usual_leans_to_the_mean_where_a_label_has_few_pieces() -> None:
    sure, unsure = [0.98, 0.01, 0.01], [0.3, 0.4, 0.3]
    usual = usual_sureness([sure] * 500 + [unsure], [0] * 500 + [1])
    mean = usual[2]
    assert usual[0] == pytest.approx(soften(sure)[0], abs=0.01)
    assert soften(unsure)[1] < usual[1] < mean
    assert mean - usual[1] < 0.05


def test_a_bar_for_each_name_refuses_strangers_that_one_bar_for_all_lets_pass() -> None:
    rng = np.random.default_rng(0)

    def rows(first: float, spread: float, count: int, label: int) -> np.ndarray:
        best = np.clip(rng.normal(first, spread, count), 0.05, 0.95)
        out = np.repeat((1 - best)[:, None] / 2, 3, axis=1)
        out[:, label] = best
        return out

    # Bach is told from all others; Haydn and Mozart from each other hardly. Strangers sound
    # like Bach, though less so than Bach does.
    known = np.concatenate([rows(0.9, 0.03, 200, 0), rows(0.5, 0.03, 200, 1)])
    target = np.repeat([0, 1], 200)
    strange = rows(0.6, 0.05, 200, 0)
    usual = usual_sureness(known, target)
    plain = refused_at(sureness(known, LABELS), sureness(strange, LABELS))
    apart = refused_at(sureness(known, LABELS, usual), sureness(strange, LABELS, usual))
    assert plain < 0.2
    assert apart > 0.8


def test_unknown_is_no_name_to_be_sure_of() -> None:
    said = [[0.2, 0.8], [0.7, 0.3]]
    assert sureness(said, ["Bach", "unknown"]).tolist() == [0.2, 0.7]
    usual = sureness(said, ["Bach", "unknown"], [0.5, 0.1])
    np.testing.assert_allclose(usual, soften(said)[:, 0] / 0.5)


@pytest.mark.parametrize("usual", [(), (0.9, 0.8, 0.7)])
def test_nobody_gets_surer_because_fewer_names_are_asked_for(usual: tuple[float, ...]) -> None:
    said = np.random.default_rng(0).dirichlet(np.ones(3), 50)
    fewer = sureness(said, LABELS, usual, among=["Haydn", "Mozart"])
    assert (fewer <= sureness(said, LABELS, usual)).all()
    assert (fewer < sureness(said, LABELS, usual)).any()
    np.testing.assert_array_equal(sureness(said, LABELS, usual, LABELS[::-1]),
                                  sureness(said, LABELS, usual))  # fmt: skip
    assert not sureness(said, ["unknown", *LABELS[1:]], usual, among=["unknown"]).any()
