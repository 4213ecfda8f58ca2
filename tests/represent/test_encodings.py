"""The encodings of language models: exact on their grids, whatever is written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muso.music.midi import read_score, write_score
from muso.music.score import Changes, Meter, Score, Track
from muso.represent import ENCODINGS
from muso.represent.encoding import Encoding
from muso.represent.grid import lay_out
from muso.represent.notes import LENGTHS, TEMPOS_BPM, Notes
from muso.represent.words import Words

EXAMPLES = sorted(Path("examples").glob("*.mid"))
EVERY = pytest.mark.parametrize("name", sorted(ENCODINGS))


@st.composite
def scores(draw: st.DrawFn) -> Score:
    """Scores on any grid or none, with meters, tempos, parts, percussion and a pedal."""
    count = draw(st.integers(1, 40))
    parts = draw(st.sampled_from([4, 6, 24, 97]))
    whole = st.integers(0, 40 * parts)
    onsets = np.array(draw(st.lists(whole, min_size=count, max_size=count))) / parts
    lengths = np.array(draw(st.lists(st.integers(0, 9 * parts), min_size=count, max_size=count)))
    pitches = draw(st.lists(st.integers(0, 127), min_size=count, max_size=count))
    velocities = draw(st.lists(st.integers(1, 127), min_size=count, max_size=count))
    tracks = draw(st.lists(st.integers(0, 1), min_size=count, max_size=count))
    meters = draw(
        st.sampled_from(
            [(), (Meter(0.0, 3, 4),), (Meter(0.0, 6, 8),), (Meter(0.0, 2, 4), Meter(1.0, 4, 4))]
        )
    )
    score = Score.of(
        pitches,
        onsets,
        lengths / parts,
        velocities,
        tracks,
        tracks=(Track(), Track(is_drum=draw(st.booleans()))),
        tempo_bpm=draw(st.sampled_from([20.0, 61.7, 120.0, 125.0, 300.0])),
        meters=meters,
    )
    if draw(st.booleans()):
        pedal = Changes(
            np.array([0.0, 2.0, 5.0]),
            np.zeros(3, np.int16),
            np.full(3, 64, np.int16),
            np.array([127, 0, 127], np.int16),
        )
        score = replace(score, changes=pedal)
    if draw(st.booleans()):
        score = replace(
            score, tempo_onset_beats=np.array([0.0, 3.3]), tempo_bpm=np.array([90.0, 140.0])
        )
    return score


def notes_of(score: Score) -> set[tuple[float, ...]]:
    columns = (score.pitch, score.onset_beats, score.duration_beats, score.velocity)
    return {tuple(float(value) for value in row) for row in zip(*columns, strict=True)}


@EVERY
@given(score=scores())
@settings(max_examples=60)
def test_what_was_decoded_is_encoded_to_the_same_steps(name: str, score: Score) -> None:
    encoding = ENCODINGS[name]()
    steps = encoding.encode(score)
    assert np.array_equal(encoding.encode(encoding.decode(steps)), steps)


@EVERY
@given(score=scores(), seed=st.integers(0, 99))
@settings(max_examples=40)
def test_the_grammar_allows_every_step_that_is_encoded_or_varied(
    name: str, score: Score, seed: int
) -> None:
    encoding = ENCODINGS[name]()
    steps = encoding.encode(score)
    if not (encoding.pitches(steps) >= 0).any():
        return
    for said in (steps, encoding.vary(steps, np.random.default_rng(seed))):
        for field in range(len(encoding.fields)):
            mask = encoding.allowed(said[:-1], said[1:, :field])
            assert mask[np.arange(len(said) - 1), said[1:, field]].all()


@EVERY
def test_whatever_the_grammar_allows_can_be_decoded_and_counted(name: str) -> None:
    encoding = ENCODINGS[name]()
    rng = np.random.default_rng(3)
    rows, tempo_bpm, beats = [encoding.begin[None]], np.array([120.0]), 0.0
    for _ in range(300):
        row = np.zeros((1, 0), np.int16)
        for _field in encoding.fields:
            word = rng.choice(np.flatnonzero(encoding.allowed(rows[-1], row)[0]))
            row = np.append(row, [[word]], axis=1).astype(np.int16)
        moved, tempo_bpm = encoding.elapse(row, tempo_bpm)
        beats += float(moved[0])
        rows.append(row)
        if encoding.ends(row)[0]:
            break
    score = encoding.decode(np.concatenate(rows))
    struck = encoding.pitches(np.concatenate(rows))
    assert len(score) == (struck >= 0).sum()
    assert score.onset_beats.max(initial=0.0) <= beats + 1e-9
    assert score.duration_beats.min(initial=1.0) > 0


@EVERY
def test_a_piece_moves_on_by_what_its_steps_elapse(name: str) -> None:
    encoding = ENCODINGS[name]()
    score = Score.of([60, 64, 67], [0.0, 1.5, 3.0], [1, 1, 1], tempo_bpm=60)
    steps = encoding.encode(score)
    tempo_bpm, seconds, onsets = np.array([120.0]), 0.0, []
    for row in steps:
        beats, tempo_bpm = encoding.elapse(row[None], tempo_bpm)
        seconds += float(beats[0] * 60 / tempo_bpm[0])
        if encoding.pitches(row[None])[0] >= 0:
            onsets.append(seconds)
    assert onsets == pytest.approx(encoding.decode(steps).onset_s.tolist())


@EVERY
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_examples_come_back_on_the_grid(name: str, path: Path) -> None:
    encoding = ENCODINGS[name]()
    score = read_score(path)
    decoded = encoding.decode(encoding.encode(score))
    grid = 24 if name == "notes" else 4
    struck = {*zip(np.rint(score.onset_beats * grid).tolist(), score.pitch.tolist(), strict=True)}
    assert len(decoded) == len(struck)
    assert np.allclose(decoded.onset_beats * grid, np.rint(decoded.onset_beats * grid))


@EVERY
def test_a_score_on_the_grid_loses_nothing(name: str) -> None:
    encoding = ENCODINGS[name]()
    score = Score.of(
        [60, 64, 67, 48], [0, 0, 1, 2.5], [1, 1, 0.5, 2], [80, 80, 100, 40], tempo_bpm=120
    )
    decoded = encoding.decode(encoding.encode(score))
    assert notes_of(decoded) == notes_of(score)
    assert decoded.tempo_bpm.tolist() == [120.0]


@EVERY
def test_varying_transposes_and_keeps_the_intervals(name: str) -> None:
    encoding = ENCODINGS[name]()
    score = read_score(EXAMPLES[0])
    steps = encoding.encode(score)
    seen = set()
    for seed in range(12):
        varied = encoding.vary(steps, np.random.default_rng(seed))
        shift = encoding.pitches(varied)[encoding.pitches(steps) >= 0].astype(int)
        shift -= encoding.pitches(steps)[encoding.pitches(steps) >= 0]
        assert len(set(shift.tolist())) == 1
        seen.add(int(shift[0]))
    assert len(seen) > 3 and max(map(abs, seen)) <= 5


@EVERY
def test_a_score_without_pitched_notes_is_a_piece_without_notes(name: str) -> None:
    encoding = ENCODINGS[name]()
    drums = Score.of([36, 38], [0, 1], [1, 1], tracks=(Track(is_drum=True),))
    steps = encoding.encode(drums)
    assert encoding.ends(steps).tolist()[-1]
    assert len(encoding.decode(steps)) == 0


@EVERY
def test_settings_build_the_encoding_again(name: str) -> None:
    encoding = ENCODINGS[name](semitones=3)
    assert ENCODINGS[name](**encoding.settings()) == encoding


def test_words_of_a_known_phrase() -> None:
    score = Score.of(
        [60, 64, 62, 72], [0, 0, 1, 2.25], [1, 1, 0.75, 3], [80, 80, 80, 100], tempo_bpm=92
    )
    assert " ".join(Words().spell(Words().encode(score))) == (
        "begin t_92 v_80 d_quarter_0 n_60 n_64 w_4 d_eighth_1 n_62 w_5 v_100 d_half_1 n_72 . end"
    )


def test_notes_of_a_known_phrase() -> None:
    score = Score.of(
        [60, 64, 62, 72], [0, 0, 1, 2.25], [1, 1, 1 / 3, 3], [80, 80, 80, 100],
        tempo_bpm=120, meters=(Meter(0, 3, 4),),
    )  # fmt: skip
    assert Notes().spell(Notes().encode(score)) == [
        "begin",
        "3/4 3/4:0",
        "t_120 3/4:0",
        "g_0 3/4:0 n_60 d_24 v_80",
        "g_0 3/4:0 n_64 d_24 v_80",
        "g_24 3/4:24 n_62 d_8 v_80",
        "g_30 3/4:54 n_72 d_72 v_100",
        "end",
    ]


def test_the_vocabularies_hold_what_the_earlier_system_had() -> None:
    words = Words().words[0]
    assert {"t_24", "t_160", "v_4", "v_128", "d_16th_0", "d_breve_3", "n_60", ".", "begin"} <= {
        *words
    }
    assert len(set(words)) == len(words)


def test_a_performance_keeps_its_time_within_ten_milliseconds() -> None:
    rng = np.random.default_rng(5)
    onset_s = np.cumsum(rng.uniform(0.05, 0.4, 80))
    onset_s -= onset_s[0]
    score = Score.of(rng.integers(40, 90, 80), onset_s * 2, 0.5, tempo_bpm=120)
    assert lay_out(score, ("4/4",)).meter == "free"
    decoded = Notes().decode(Notes().encode(score))
    assert np.abs(np.sort(decoded.onset_s) - onset_s).max() < 0.011


def test_a_pedal_holds_notes_until_it_is_let_go() -> None:
    pedal = Changes(
        np.array([0.0, 4.0]), np.zeros(2, np.int16), np.full(2, 64, np.int16),
        np.array([127, 0], np.int16),
    )  # fmt: skip
    score = replace(Score.of([60, 64, 60], [0, 1, 3], 0.5), changes=pedal)
    decoded = Notes().decode(Notes().encode(score))
    assert dict(zip(decoded.onset_beats, decoded.duration_beats, strict=True)) == {
        0.0: 3.0,  # until it is struck again
        1.0: 3.0,
        3.0: 1.0,
    }


def test_a_file_that_begins_between_its_beats_is_moved_onto_them() -> None:
    onsets = np.arange(64) / 4
    score = Score.of(60 + np.arange(64) % 12, onsets + 0.06, 0.25, tempo_bpm=90)
    decoded = Notes().decode(Notes().encode(score))
    assert np.allclose(decoded.onset_beats * 4, np.rint(decoded.onset_beats * 4))
    assert np.allclose(np.diff(decoded.onset_beats), 0.25)


def test_chords_of_steps_are_generated_upwards() -> None:
    notes = Notes()
    steps = notes.encode(Score.of([60], [0], [1]))
    before = steps[-2:-1]
    gap = np.array([[before[0, 0]]], np.int16)
    assert notes.spell(before)[0].startswith("g_0")
    so_far = np.concatenate([gap, before[:, 1:2]], axis=1)
    pitches = np.flatnonzero(notes.allowed(before, so_far)[0])
    assert pitches.min() == before[0, 2] + 1


def test_what_is_decoded_survives_a_midi_file(tmp_path: Path) -> None:
    decoded = Notes().decode(Notes().encode(read_score(EXAMPLES[0])))
    write_score(decoded, tmp_path / "out.mid")
    again = read_score(tmp_path / "out.mid")
    assert np.allclose(again.onset_beats, decoded.onset_beats)
    assert again.meters == decoded.meters


def test_lengths_and_tempos_are_in_order_and_each_once() -> None:
    assert (np.diff(LENGTHS) > 0).all()
    assert TEMPOS_BPM[0] == 30 and np.isclose(TEMPOS_BPM[-1], 240)


def test_a_gap_too_long_for_a_word_is_shortened_and_nothing_else() -> None:
    score = Score.of([60, 62, 64], [0, 100, 101], [1, 1, 1], tempo_bpm=120)
    decoded = Notes().decode(Notes().encode(score))
    assert np.diff(decoded.onset_beats).tolist() == [16.0, 1.0]


def test_an_encoding_is_abstract() -> None:
    with pytest.raises(TypeError):
        Encoding()  # type: ignore[abstract]
