"""Styles that begin where one of their folder's pieces leads."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from muso.bundle.language import LanguageBundle, find_language
from muso.bundle.memory import Memory, Remembered, RememberingBundle
from muso.bundle.starts import STARTS, Begun, begin_anywhere, pack_starts
from muso.errors import BundleError


def knowing(folder: Path, content: bytes) -> LanguageBundle:
    """The shipped model as if it had learnt a folder."""
    plain = find_language("muse.1")
    (folder / STARTS).write_bytes(content)
    digests = {**plain.digests, STARTS: hashlib.sha256(content).hexdigest()}
    known = replace(plain, folder=folder, digests=digests)
    # Its graphs lie where they lay.
    known.__dict__["sessions"] = plain.sessions
    return known


def states(plain: LanguageBundle, count: int) -> NDArray[np.float32]:
    rng = np.random.default_rng(0)
    return rng.normal(size=(count, 2, plain.layers, plain.units)).astype(np.float32)


def test_a_bundle_that_knows_no_pieces_begins_from_nothing() -> None:
    plain = find_language("muse.1")
    assert begin_anywhere(plain, np.random.default_rng(0)) is plain


def test_it_begins_after_one_of_the_pieces_and_which_one_is_drawn(tmp_path: Path) -> None:
    known = states(find_language("muse.1"), 5)
    style = knowing(tmp_path, pack_starts(known))
    begun = [begin_anywhere(style, np.random.default_rng(seed)) for seed in range(20)]
    assert all(isinstance(one, Begun) for one in begun)
    first = {round(float(one.begin().hidden[0, 0, 0]), 2) for one in begun}
    assert first <= {round(float(x), 2) for x in known[:, 0, 0, 0].astype(np.float16)}
    assert len(first) > 1
    again = begin_anywhere(style, np.random.default_rng(3))
    assert (again.begin(4).cell == begun[3].begin(4).cell).all()
    assert begun[0].begin(4).hidden.shape == (style.layers, 4, style.units)


def test_what_is_said_then_follows_from_that_piece(tmp_path: Path) -> None:
    plain = find_language("muse.1")
    begun = begin_anywhere(
        knowing(tmp_path, pack_starts(states(plain, 1))), np.random.default_rng()
    )
    row, told = plain.encoding.begin[None], plain.condition()
    said, _ = begun.advance(begun.begin(), row, told)
    from_nothing, _ = plain.advance(plain.begin(), row, told)
    assert np.abs(said - from_nothing).max() > 0.01
    nothing_made = np.zeros((1, 0), np.int16)
    assert (begun.logits(said, nothing_made) == plain.logits(said, nothing_made)).all()


def test_a_memory_of_the_piece_begins_empty(tmp_path: Path) -> None:
    plain = find_language("muse.1")
    style = knowing(tmp_path, pack_starts(states(plain, 2)))
    remembering = RememberingBundle.of(style, Memory(0.9, 60.0, 0.9))
    begun = begin_anywhere(remembering, np.random.default_rng(0)).begin(3)
    assert isinstance(begun, Remembered)
    assert begun.seen == begun.past.count == 0
    assert np.abs(begun.hidden).max() > 0


@pytest.mark.parametrize("content", [b"\x93NUMPY", b"no states", "another model's"])
def test_states_that_are_not_its_own_are_told_in_one_line(
    content: bytes | str, tmp_path: Path
) -> None:
    other = pack_starts(np.zeros((1, 2, 1, 7)))
    style = knowing(tmp_path, content if isinstance(content, bytes) else other)
    with pytest.raises(BundleError, match=r"starts.npy is damaged .*; learn the style again"):
        begin_anywhere(style, np.random.default_rng(0))


def test_a_file_that_was_altered_is_refused(tmp_path: Path) -> None:
    style = knowing(tmp_path, pack_starts(states(find_language("muse.1"), 1)))
    (tmp_path / STARTS).write_bytes(b"altered")
    with pytest.raises(BundleError, match="not the file it was made with"):
        begin_anywhere(style, np.random.default_rng(0))
