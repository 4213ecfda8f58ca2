from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from muso.compose.evolve.genome import (
    DEGREES,
    Form,
    Genomes,
    decode,
    degrees_of,
    form_for,
    from_score,
    plain,
    read_genome,
    write_genome,
)
from muso.errors import UsageError
from muso.music.midi import format_score, parse_score, read_score
from muso.music.scale import KEYS, SCALES
from muso.music.score import Score, Track

forms = st.builds(
    Form,
    bars=st.integers(1, 8),
    notes_a_bar=st.sampled_from([1, 2, 3, 4, 8]),
    pauses=st.booleans(),
    key=st.sampled_from(KEYS),
    scale=st.sampled_from(sorted(SCALES)),
    octave=st.integers(1, 7),
    metronome=st.booleans(),
)


@st.composite
def phrases(draw: st.DrawFn) -> tuple[Genomes, Form]:
    form = draw(forms)
    return draw(arrays(np.uint8, form.slots, elements=st.integers(0, 15))), form


def genome(*codes: int) -> Genomes:
    return np.array(codes, np.uint8)


def test_equal_neighbours_tie_and_high_codes_rest() -> None:
    score = decode(genome(2, 2, 15, 2, 8, 8, 0, 1), Form(bars=2))
    assert score.pitch.tolist() == [64, 64, 60, 62]
    assert score.onset_beats.tolist() == [0, 3, 6, 7]
    assert score.duration_beats.tolist() == [2, 1, 1, 1]


def test_without_pauses_the_low_three_bits_sound() -> None:
    score = decode(genome(8, 9, 10, 15), Form(bars=1, pauses=False))
    assert score.pitch.tolist() == [60, 62, 64, 72]


def test_each_step_adds_the_third_above() -> None:
    score = decode(genome(0, 8, 8, 1), Form(bars=1, steps=3))
    assert score.pitch.tolist() == [60, 64, 67, 62, 65, 69]
    assert score.onset_beats.tolist() == [0, 0, 0, 3, 3, 3]


def test_more_notes_a_bar_are_shorter_ones() -> None:
    score = decode(genome(*range(8)), Form(bars=1, notes_a_bar=8))
    assert score.duration_beats.tolist() == [0.5] * 8


def test_the_metronome_marks_every_beat_on_a_percussion_track() -> None:
    form = Form(bars=2, metronome=True, program=5)
    score = decode(genome(*range(8)), form)
    assert score.tracks == (Track("melody", 5), Track("metronome", 0, is_drum=True))
    clicks = score.select(~score.pitched)
    assert clicks.onset_beats.tolist() == list(range(8))
    assert clicks.pitch.tolist() == [76, 77, 77, 77] * 2


def test_tempo_meter_and_key_reach_the_file() -> None:
    form = Form(bars=1, bpm=96, key="Eb", program=40)
    score = parse_score(format_score(decode(genome(0, 1, 2, 3), form)))
    assert score.tempo_bpm.tolist() == [96]
    assert score.keys[0].sharps == -3
    assert (score.meters[0].numerator, score.tracks[0].program) == (4, 40)


def test_silence_has_no_notes() -> None:
    assert len(decode(genome(8, 9, 10, 11), Form(bars=1))) == 0


@settings(max_examples=40, deadline=None)
@given(phrases())
def test_reading_a_phrase_back_from_its_score_gives_the_same_phrase(
    drawn: tuple[Genomes, Form],
) -> None:
    genomes, form = drawn
    in_first_bar = degrees_of(genomes[None, : form.notes_a_bar], form)
    if (in_first_bar < 0).all():
        genomes[0] = 3
    read = from_score(decode(genomes, form), form)
    assert read.tolist() == plain(genomes[None], form).tolist()


@settings(max_examples=40, deadline=None)
@given(phrases())
def test_plain_genomes_sound_the_same(drawn: tuple[Genomes, Form]) -> None:
    genomes, form = drawn
    one, other = decode(genomes, form), decode(plain(genomes[None], form)[0], form)
    assert one.pitch.tolist() == other.pitch.tolist()
    assert one.duration_beats.tolist() == other.duration_beats.tolist()


@settings(max_examples=40, deadline=None)
@given(phrases())
def test_text_keeps_a_genome(drawn: tuple[Genomes, Form]) -> None:
    genomes, form = drawn
    assert read_genome(write_genome(genomes), form).tolist() == genomes.tolist()


@pytest.mark.parametrize("text", ["", "012", "012g", "01234", "01 2", "ABCD"])
def test_text_that_is_no_genome_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="has 4 signs"):
        read_genome(text, Form(bars=1))


def test_a_song_is_cut_into_phrases_of_its_melody() -> None:
    song = read_score("examples/brahms-wiegenlied.mid")
    form = form_for(song, Form())
    assert (form.key, form.octave) == ("Eb", 4)
    found = from_score(song, form)
    assert found.shape == (4, form.slots)
    assert len(np.unique(found, axis=0)) == 4


def test_a_transposed_song_gives_the_same_phrases_in_its_own_key() -> None:
    song = read_score("examples/bach-bwv269.mid")
    higher = song.transpose(5)
    one, other = form_for(song, Form()), form_for(higher, Form())
    assert (one.key, other.key) == ("G", "C")
    first = from_score(song, one)
    moved = from_score(higher, replace(other, octave=one.octave + 1))
    assert first.tolist() == moved.tolist()


def test_pitches_out_of_reach_are_moved_by_octaves() -> None:
    far = Score.of([24, 98, 0, 127], [0, 1, 2, 3], [1, 1, 1, 1])
    assert from_score(far, Form(bars=1)).tolist() == [[0, 1, 0, 4]]


def test_percussion_is_no_melody() -> None:
    drums = Score.of([60], [0], [1], tracks=(Track(is_drum=True),))
    with pytest.raises(UsageError, match="no pitched notes"):
        from_score(drums, Form())


def test_a_note_that_claims_days_does_not_ask_for_their_memory() -> None:
    endless = Score.of([60, 62], [0, 5], [1e9, 1])
    assert from_score(endless, Form()).shape == (2, 32)


def test_without_pauses_silence_holds_the_note_before() -> None:
    gap = Score.of([62, 64], [1, 3], [1, 1])
    assert from_score(gap, Form(bars=1, pauses=False)).tolist() == [[1, 1, 1, 2]]


@pytest.mark.parametrize(
    "wrong, said",
    [
        ({"bars": 0}, "bars must be a whole number from 1 to 64, not 0"),
        ({"bars": 2.5}, "bars must be a whole number"),
        ({"bars": True}, "bars must be"),
        ({"notes_a_bar": 17}, "notes_a_bar must be"),
        ({"steps": 0}, "steps must be"),
        ({"bpm": float("nan")}, "bpm must be a number from 20 to 400"),
        ({"bpm": "fast"}, "bpm must be"),
        ({"program": 128}, "program must be"),
        ({"octave": 9}, "octave must be"),
        ({"octave": 8, "steps": 4}, "past 127: choose a lower octave or fewer steps"),
        ({"key": "H"}, "no note is called 'H'"),
        ({"scale": "majr"}, "did you mean 'major'?"),
    ],
)
def test_a_form_out_of_range_is_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        Form(**wrong)  # type: ignore[arg-type]
    assert said in str(caught.value)


@settings(max_examples=40, deadline=None)
@given(forms, st.integers(0, DEGREES - 1))
def test_every_degree_of_every_form_is_a_midi_note(form: Form, degree: int) -> None:
    score = decode(np.full(form.slots, degree, np.uint8), form)
    assert 0 <= int(score.select(score.pitched).pitch[0]) <= 127
