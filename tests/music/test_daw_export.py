"""Files that muso writes, read by what other programs are built on."""

import io
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import mido
import music21
import numpy as np
import pretty_midi
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muso.music.humanize import humanize
from muso.music.midi import BEND, format_score, parse_score, read_score, write_score
from muso.music.score import Changes, Key, Meter, Score, Track

BAND = (Track("Lead Violin", 40), Track("Piano", 0), Track("Drums", 0, True), Track("Bass", 33))


def band() -> Score:
    """Four parts, three tempos, two meters and keys, pedal, volume and bends."""
    steps = np.arange(32)
    score = Score.of(
        pitch=np.concatenate(
            [72 + steps % 8, 48 + steps % 12, np.tile([36, 42], 16), 36 + steps % 5]
        ),
        onset_beats=np.tile(steps / 2, 4),
        duration_beats=np.tile(np.full(32, 0.5), 4),
        velocity=np.concatenate([60 + steps, 40 + steps, np.full(32, 127), 1 + steps]),
        track=np.repeat(np.arange(4), 32),
        tracks=BAND,
        meters=(Meter(0.0, 6, 8), Meter(6.0, 4, 4)),
        keys=(Key(0.0, -3, True), Key(6.0, 4, False)),
    )
    changes = Changes(
        np.array([0.0, 0.0, 1.0, 1.5, 2.0, 3.0]),
        np.array([0, 1, 1, 0, 1, 0], np.int16),
        np.array([7, 64, 64, BEND, 64, BEND], np.int16),
        np.array([100, 127, 0, -2048, 127, 0], np.int16),
    )
    return replace(
        score,
        changes=changes,
        tempo_onset_beats=np.array([0.0, 4.0, 10.0]),
        tempo_bpm=np.array([96.0, 120.0, 72.5]),
    )


def played_examples() -> list[Score]:
    paths = sorted(Path("examples").glob("b*.mid"))
    return [band(), *(humanize(read_score(path), 0.5, seed=1).score for path in paths)]


def notes_of(score: Score) -> tuple[Counter[tuple[int, ...]], Counter[tuple[int, ...]]]:
    """Starts (track, pitch, ticks, velocity) and ends (track, pitch, ticks) of the notes.

    Apart, for where a pitch sounds twice at once no file says which of the two an end is of.
    """
    end = score.onset_beats + score.duration_beats
    start, end = (np.rint(b * score.ticks_per_beat).astype(int) for b in (score.onset_beats, end))
    end = np.maximum(end, start + 1)
    starts = zip(
        *(c.tolist() for c in (score.track, score.pitch, start, score.velocity)), strict=True
    )
    ends = zip(*(c.tolist() for c in (score.track, score.pitch, end)), strict=True)
    return Counter(starts), Counter(ends)


def opened(score: Score) -> mido.MidiFile:
    return mido.MidiFile(file=io.BytesIO(format_score(score)))


def test_it_is_type_1_with_tempo_meter_and_key_in_the_first_track() -> None:
    file = opened(band())
    assert file.type == 1
    assert file.ticks_per_beat == 480
    first = [
        message
        for message in file.tracks[0]
        if not message.is_meta or message.type != "end_of_track"
    ]
    assert {message.type for message in first} == {"set_tempo", "time_signature", "key_signature"}
    tempos = [mido.tempo2bpm(m.tempo) for m in first if m.type == "set_tempo"]
    assert tempos == pytest.approx([96.0, 120.0, 72.5], abs=1e-3)
    meters = [(m.numerator, m.denominator) for m in first if m.type == "time_signature"]
    assert meters == [(6, 8), (4, 4)]
    assert [m.key for m in first if m.type == "key_signature"] == ["Cm", "E"]
    for track in file.tracks[1:]:
        assert not {"set_tempo", "time_signature", "key_signature"} & {m.type for m in track}


def test_each_part_is_a_named_track_on_a_channel_of_its_own_and_drums_are_on_the_tenth() -> None:
    parts = opened(band()).tracks[1:]
    assert [part.name for part in parts] == [track.name for track in BAND]
    channels = [{m.channel for m in part if not m.is_meta} for part in parts]
    assert all(len(mine) == 1 for mine in channels)
    assert channels[2] == {9}
    assert len(set.union(*channels)) == 4
    programs = [[m.program for m in part if m.type == "program_change"] for part in parts]
    assert programs == [[40], [0], [0], [33]]


def test_programs_and_controllers_stand_before_the_notes_they_are_for() -> None:
    for part in opened(band()).tracks[1:]:
        kinds = [message.type for message in part]
        assert kinds.index("program_change") < kinds.index("note_on")
    violin = [m.type for m in opened(band()).tracks[1]]
    assert violin.index("control_change") < violin.index("note_on")


def test_every_note_is_ended_and_none_before_a_repetition_begins() -> None:
    for score in played_examples():
        for track in opened(score).tracks:
            sounding: Counter[int] = Counter()
            for message in track:
                if message.type == "note_on" and message.velocity > 0:
                    sounding[message.note] += 1
                elif message.type in ("note_off", "note_on"):
                    sounding[message.note] -= 1
                    assert sounding[message.note] >= 0
            assert not +sounding


@pytest.mark.parametrize("score", played_examples(), ids=lambda score: f"{len(score)}-notes")
def test_mido_writes_it_back_and_nothing_is_lost(score: Score) -> None:
    out = io.BytesIO()
    opened(score).save(file=out)
    again = parse_score(out.getvalue())
    named = [track for track in again.tracks if track.name]
    assert [track.name for track in named] == [track.name for track in score.tracks]
    # Tracks count from the conductor's in the file.
    shift = int(again.track.min()) - int(score.track.min())
    assert notes_of(replace(again, track=again.track - shift)) == notes_of(score)
    assert again.meters == score.meters
    assert again.keys == score.keys
    assert np.allclose(again.tempo_bpm, score.tempo_bpm, rtol=1e-5)
    assert len(again.changes.value) == len(score.changes.value)


@pytest.mark.parametrize("score", played_examples(), ids=lambda score: f"{len(score)}-notes")
def test_pretty_midi_hears_the_same_seconds(score: Score, tmp_path: Path) -> None:
    write_score(score, tmp_path / "played.mid")
    heard = pretty_midi.PrettyMIDI(str(tmp_path / "played.mid"))
    assert [i.is_drum for i in heard.instruments] == [t.is_drum for t in _sounding(score)]
    assert [i.program for i in heard.instruments] == [t.program for t in _sounding(score)]
    assert [i.name for i in heard.instruments] == [t.name for t in _sounding(score)]
    onsets = np.sort([note.start for part in heard.instruments for note in part.notes])
    offsets = np.array([note.end for part in heard.instruments for note in part.notes])
    assert np.allclose(onsets, np.sort(score.onset_s), atol=0.003)
    # Where a pitch sounds twice at once, as here and there in the Lied, it ends both together.
    off = np.abs(score.offset_s[:, None] - offsets).min(axis=1)
    assert np.mean(off > 0.003) < 0.01
    velocities = sorted(note.velocity for part in heard.instruments for note in part.notes)
    assert velocities == sorted(score.velocity.tolist())
    heard.write(str(tmp_path / "again.mid"))
    again = read_score(tmp_path / "again.mid")
    assert len(again) == len(score)
    assert np.allclose(np.sort(again.onset_s), np.sort(score.onset_s), atol=0.005)


def _sounding(score: Score) -> list[Track]:
    return [track for n, track in enumerate(score.tracks) if np.any(score.track == n)]


def test_music21_reads_the_same_music() -> None:
    score = band()
    stream: Any = music21.converter.parseData(
        format_score(score), format="midi", quantizePost=False
    )
    assert [part.partName for part in stream.parts] == [track.name for track in BAND]
    meters = stream.parts[0].recurse().getElementsByClass(music21.meter.TimeSignature)
    assert [meter.ratioString for meter in meters][:2] == ["6/8", "4/4"]
    keys = stream.parts[0].recurse().getElementsByClass(music21.key.KeySignature)
    assert [key.sharps for key in keys][:2] == [-3, 4]
    tempos = stream.recurse().getElementsByClass(music21.tempo.MetronomeMark)
    assert {96.0, 120.0, 72.5} <= {round(mark.number, 1) for mark in tempos}
    for number in (0, 1, 3):
        notes = stream.parts[number].stripTies().flatten().notes
        pitches = sorted(p.midi for n in notes for p in n.pitches)
        assert pitches == sorted(score.pitch[score.track == number].tolist())


def test_music21_writes_it_back_and_the_notes_stay(tmp_path: Path) -> None:
    score = read_score("examples/bach-bwv66-6.mid")
    stream: Any = music21.converter.parseData(format_score(score), format="midi")
    stream.write("midi", fp=str(tmp_path / "again.mid"))
    again = read_score(tmp_path / "again.mid")
    assert sorted(again.pitch.tolist()) == sorted(score.pitch.tolist())
    assert np.allclose(np.sort(again.onset_beats), np.sort(score.onset_beats), atol=0.01)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 127), st.integers(0, 4000), st.integers(1, 900), st.integers(1, 127),
            st.integers(0, 3),
        ),
        min_size=1,
        max_size=40,
        unique_by=lambda row: (row[0], row[4], row[1] // 900),
    ),
    st.floats(20, 300),
)  # fmt: skip
def test_any_score_on_its_grid_survives_mido(
    rows: list[tuple[int, int, int, int, int]], bpm: float
) -> None:
    # A pitch sounds once at a time in a track, or no file can say which of two ends.
    rows = [(p, t // 900 * 900, d, v, track) for p, t, d, v, track in rows]
    pitch, start, length, velocity, track = (np.array(c) for c in zip(*rows, strict=True))
    score = Score.of(pitch, start / 480, length / 480, velocity, track, tracks=BAND, tempo_bpm=bpm)
    out = io.BytesIO()
    opened(score).save(file=out)
    again = parse_score(out.getvalue())
    names = {
        n: [t.name for t in BAND].index(part.name)
        for n, part in enumerate(again.tracks)
        if part.name
    }
    back = replace(again, track=np.array([names[n] for n in again.track.tolist()], np.int16))
    assert notes_of(back) == notes_of(score)


def test_more_parts_than_channels_stay_apart() -> None:
    tracks = tuple(Track(f"Part {n}", n) for n in range(20))
    score = Score.of(60, np.zeros(20), np.ones(20), 80, np.arange(20), tracks=tracks)
    file = opened(score)
    assert len(file.tracks) == 21
    assert all(m.channel != 9 for part in file.tracks for m in part if not m.is_meta)
    again = parse_score(format_score(score))
    assert sum(bool(track.name) for track in again.tracks) == 20
    assert len(again) == 20
