"""What the earlier system read of a score."""

from __future__ import annotations

import itertools
import random
from collections import Counter

import pytest

from muso.learn.style_tokens import (
    SPACING_BEATS,
    normal_order,
    pitches_of,
    read_part,
    read_tokens,
    write_tokens,
)
from muso.music.midi import read_score
from muso.music.score import Score, Track


def test_words_are_music21s() -> None:
    music21 = pytest.importorskip("music21")
    parsed = music21.converter.parse("examples/bach-bwv269.mid")
    parts = music21.instrument.partitionByInstrument(parsed).parts
    theirs = []
    for event in max(parts, key=lambda part: len(part.recurse().notes)).recurse().notes:
        if isinstance(event, music21.note.Note):
            theirs.append(str(event.pitch))
        else:
            theirs.append(".".join(str(one) for one in event.normalOrder))
    ours = [token.word for token in read_tokens(read_score("examples/bach-bwv269.mid"))]
    alike = sum((Counter(ours) & Counter(theirs)).values())
    assert alike > 0.97 * max(len(ours), len(theirs))


def test_normal_order_is_music21s() -> None:
    chord = pytest.importorskip("music21").chord
    drawn = random.Random(0)
    for size in range(1, 8):
        sets = list(itertools.combinations(range(12), size))
        for classes in drawn.sample(sets, 12):
            theirs = tuple(chord.Chord([60 + one for one in classes]).normalOrder)
            assert normal_order(classes) == theirs


def test_rhythm_loudness_and_octaves_of_chords_are_lost() -> None:
    score = Score.of([60, 52, 55, 72], [0, 1, 1, 3.5], [0.5, 2, 2, 1], [9, 100, 100, 50])
    words = [token.word for token in read_tokens(score)]
    assert words == ["C4", "4.7", "C5"]
    written = write_tokens(words)
    assert written.onset_beats.tolist() == [0, SPACING_BEATS, SPACING_BEATS, 2 * SPACING_BEATS]
    assert set(written.velocity.tolist()) == {90}
    assert written.pitch.tolist() == [60, 64, 67, 72]


def test_notes_of_unlike_length_are_no_chord() -> None:
    words = [token.word for token in read_tokens(Score.of([60, 64], [0, 0], [1, 2]))]
    assert words == ["C4", "E4"]


def test_the_first_instrument_is_read_and_percussion_never() -> None:
    tracks = (Track("kit", 0, is_drum=True), Track("flute", 73), Track("piano", 0))
    score = Score.of([36, 80, 60], [0, 0, 0], 1, track=[0, 1, 2], tracks=tracks)
    assert read_part(score).pitch.tolist() == [80]


def test_a_score_without_notes_has_no_words() -> None:
    assert read_tokens(Score.of([], [], [])) == []


def test_every_word_can_be_played() -> None:
    for pitch in range(12, 128):
        (token,) = read_tokens(Score.of([pitch], [0], [1]))
        assert pitches_of(token.word) == (pitch,)
