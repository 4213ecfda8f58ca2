"""Writing MIDI files, checked by reading them back and by another library."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import mido
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muso.errors import MissingFile, UsageError
from muso.music.midi import Limits, format_score, parse_score, read_score, write_score
from muso.music.score import BEND, Changes, Key, Meter, Score, Track


def by_mido(score: Score) -> mido.MidiFile:
    return mido.MidiFile(file=BytesIO(format_score(score)))


def one_note_each(parts: int) -> Score:
    tracks = tuple(Track(f"part {n}", n % 128) for n in range(parts))
    return Score.of(30 + np.arange(parts), np.zeros(parts), 1.0, track=range(parts), tracks=tracks)


def rows(score: Score) -> list[tuple[object, ...]]:
    """The notes, each with its part instead of the part's number: empty parts are not kept."""
    columns = (score.onset_beats, score.pitch, score.duration_beats, score.velocity)
    parts = [
        (score.tracks[n].name, score.tracks[n].program, score.tracks[n].is_drum)
        for n in score.track
    ]
    return sorted(zip(*(c.tolist() for c in columns), parts, strict=True))


@st.composite
def scores_on_the_grid(draw: st.DrawFn) -> Score:
    """Notes on ticks, in up to 20 parts; within a part a pitch ends before it starts again."""
    ticks_per_beat = draw(st.sampled_from([1, 24, 96, 480, 960, 32767]))
    parts = draw(st.lists(st.tuples(st.integers(0, 127), st.booleans()), min_size=1, max_size=20))
    tracks = tuple(Track(f"{n} Flöte", program, drum) for n, (program, drum) in enumerate(parts))
    wanted = draw(
        st.lists(
            st.tuples(
                st.integers(0, len(parts) - 1), st.integers(0, 127), st.integers(0, 70_000),
                st.integers(1, 70_000), st.integers(1, 127),
            ),
            min_size=1, max_size=40,
        )
    )  # fmt: skip
    free: dict[tuple[int, int], int] = {}
    notes = []
    for track, pitch, gap, length, velocity in wanted:
        start = free.get((track, pitch), 0) + gap
        free[track, pitch] = start + length
        notes.append((pitch, start / ticks_per_beat, length / ticks_per_beat, velocity, track))
    columns = list(zip(*notes, strict=True))
    tempos = draw(st.dictionaries(st.integers(1, 10_000), st.integers(10_000, 2**24 - 1)))
    return replace(
        Score.of(*columns, tracks=tracks),
        tempo_onset_beats=np.array([0, *sorted(tempos)]) / ticks_per_beat,
        tempo_bpm=60e6 / np.array([500_000, *(tempos[tick] for tick in sorted(tempos))]),
        ticks_per_beat=ticks_per_beat,
    )


@given(scores_on_the_grid())
@settings(max_examples=60, deadline=None)
def test_what_is_written_is_read_back(score: Score) -> None:
    back = parse_score(format_score(score), limits=Limits(length_s=1e9))
    assert rows(back) == rows(score)
    np.testing.assert_allclose(back.onset_s, score.onset_s, rtol=1e-9)
    np.testing.assert_allclose(np.sort(back.offset_s), np.sort(score.offset_s), rtol=1e-9)


@given(scores_on_the_grid())
@settings(max_examples=20, deadline=None)
def test_another_library_reads_the_same_length(score: Score) -> None:
    whole = replace(score, tempo_onset_beats=np.zeros(1), tempo_bpm=np.array([120.0]))
    assert by_mido(whole).length == pytest.approx(whole.length_s, rel=1e-6)


@pytest.mark.parametrize("path", sorted(Path("examples").glob("*.mid")), ids=lambda p: p.stem)
def test_a_real_score_survives_writing_and_reading(path: Path, tmp_path: Path) -> None:
    score = read_score(path)
    write_score(score, tmp_path / "again.mid")
    again = read_score(tmp_path / "again.mid")
    shortest = 1 / score.ticks_per_beat
    kept = replace(score, duration_beats=np.maximum(score.duration_beats, shortest))
    assert rows(again) == rows(kept)
    assert (again.meters, again.keys) == (score.meters, score.keys)
    np.testing.assert_allclose(again.onset_s, score.onset_s, atol=1e-6)
    assert again.changes.value.tolist() == score.changes.value.tolist()


def test_meters_keys_pedals_and_bends_are_kept() -> None:
    changes = Changes(
        np.array([0.0, 0.5, 1.0, 1.5]),
        np.array([0, 1, 0, 1], np.int16),
        np.array([64, BEND, 64, BEND], np.int16),
        np.array([127, -8192, 0, 8191], np.int16),
    )
    meters = (Meter(0, 6, 8), Meter(3, 4, 4), Meter(4, 3, 16))
    keys = (Key(0, -7, True), Key(2, 7, False))
    score = replace(
        Score.of([60, 62], [0.0, 0.0], 4.0, track=[0, 1], tracks=(Track(), Track()), meters=meters),
        changes=changes,
        keys=keys,
    )
    back = parse_score(format_score(score))
    assert (back.meters, back.keys) == (meters, keys)
    for name in ("onset_beats", "track", "number", "value"):
        assert getattr(back.changes, name).tolist() == getattr(changes, name).tolist()


def test_every_part_has_a_channel_of_its_own_and_none_but_percussion_the_tenth() -> None:
    score = one_note_each(15)
    score = replace(score, tracks=(*score.tracks[:4], Track("kit", 8, True), *score.tracks[5:]))
    used = {
        track.name: {m.channel for m in track if not m.is_meta} for track in by_mido(score).tracks
    }
    channels = [used[f"part {n}"] for n in range(15) if n != 4]
    assert used["kit"] == {9}
    assert all(len(channel) == 1 for channel in channels)
    assert len(set.union(*channels)) == 14
    assert 9 not in set.union(*channels)


def test_programs_are_told_before_the_first_note() -> None:
    for track in by_mido(one_note_each(3)).tracks[1:]:
        kinds = [m.type for m in track if m.type in ("program_change", "note_on")]
        assert kinds == ["program_change", "note_on"]
    programs = [m.program for t in by_mido(one_note_each(3)).tracks for m in t if m.type[0] == "p"]
    assert programs == [0, 1, 2]


def test_from_the_sixteenth_part_on_channels_count_anew_on_a_further_port() -> None:
    file = by_mido(one_note_each(40))
    seats = []
    for track in file.tracks[1:]:
        port = next((m.port for m in track if m.type == "midi_port"), 0)
        seats.append((port, next(m.channel for m in track if m.type == "note_on")))
    assert len(set(seats)) == 40
    assert [port for port, _ in seats] == [0] * 15 + [1] * 15 + [2] * 10
    assert rows(parse_score(format_score(one_note_each(40)))) == rows(one_note_each(40))


def test_a_pitch_struck_again_is_ended_first() -> None:
    score = Score.of([60, 60], [0.0, 1.0], [1.0, 2.0])
    kinds = [m.type for m in by_mido(score).tracks[1] if m.type.startswith("note")]
    assert kinds == ["note_on", "note_off", "note_on", "note_off"]


def test_notes_struck_together_on_one_pitch_keep_their_lengths() -> None:
    score = Score.of([60, 60], [0.0, 0.0], [2.0, 1.0], velocity=[90, 50])
    assert rows(parse_score(format_score(score))) == rows(score)


def test_a_note_without_length_or_loudness_is_still_a_note() -> None:
    back = parse_score(format_score(Score.of([60], [1.0], [0.0], velocity=0)))
    assert back.velocity.tolist() == [1]
    assert back.duration_beats.tolist() == [1 / 480]


@pytest.mark.parametrize("name", ["caf\udce9", "日本" * 100, "a\0b", ""])
def test_any_name_of_a_part_can_be_written(name: str) -> None:
    back = parse_score(format_score(Score.of([60], [0.0], [1.0], tracks=(Track(name),))))
    assert len(back) == 1
    assert back.tracks[0].name[:2] == name[:2].encode("utf-8", "replace").decode()


def test_a_score_without_notes_is_a_file_without_notes() -> None:
    file = by_mido(Score.of([], [], []))
    assert [m.type for t in file.tracks for m in t if m.type.startswith("note")] == []


@pytest.mark.parametrize(
    ("score", "why"),
    [
        (Score.of([60], [-1.0], [1.0]), "times from 0"),
        (Score.of([60], [np.nan], [1.0]), "times from 0"),
        (Score.of([60], [1e6], [1.0]), "times from 0"),
        (Score.of([130], [0.0], [1.0]), "outside MIDI's 0…127"),
        (Score.of([60], [0.0], [1.0], tracks=(Track("", 128),)), "outside MIDI's 0…127"),
        (replace(Score.of([60], [0.0], [1.0]), ticks_per_beat=40_000), "ticks a beat"),
    ],
)
def test_what_midi_cannot_hold_is_refused(score: Score, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        format_score(score)


def test_writing_into_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingFile):
        write_score(Score.of([60], [0.0], [1.0]), tmp_path / "gone" / "a.mid")
