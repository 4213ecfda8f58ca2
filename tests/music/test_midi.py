"""Reading MIDI files: what is in them, and what is wrong with them."""

from __future__ import annotations

import struct
import sys
import warnings
from collections import defaultdict, deque
from io import BytesIO
from pathlib import Path

import mido
import numpy as np
import pretty_midi
import pytest

from muso.errors import DamagedFile, EmptyFile, MissingFile, MusoError, TooLong, WrongFormat
from muso.music.midi import Limits, parse_score, read_score
from muso.music.score import BEND, Key, Meter, Score, Track

EXAMPLES = sorted(Path("examples").glob("*.mid"))
END = b"\x00\xff\x2f\x00"
NOTE = b"\x00\x90\x3c\x40\x60\x80\x3c\x00"
"""Middle C for 96 ticks."""


def smf(*tracks: bytes, kind: int = 1, division: bytes = b"\x00\x60") -> bytes:
    """A MIDI file of `tracks` without their ends, 96 ticks a beat."""
    header = struct.pack(">4sIHH", b"MThd", 6, kind, len(tracks)) + division
    chunks = (struct.pack(">4sI", b"MTrk", len(t + END)) + t + END for t in tracks)
    return header + b"".join(chunks)


def notes(score: Score) -> list[tuple[int, float, float, int]]:
    columns = (score.pitch, score.onset_beats, score.duration_beats, score.velocity)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def by_others(path: Path) -> list[tuple[float, float, int, int]]:
    """Start and end in seconds, pitch and velocity of all notes: mido's events, the first started
    ended first, in the time of pretty_midi."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        seconds = pretty_midi.PrettyMIDI(str(path)).tick_to_time
    found = []
    for track in mido.MidiFile(path).tracks:
        tick, sounding = 0, defaultdict(deque)
        for message in track:
            tick += message.time
            if message.type not in ("note_on", "note_off"):
                continue
            waiting = sounding[message.channel, message.note]
            if message.type == "note_on" and message.velocity:
                waiting.append((tick, message.velocity))
            elif waiting:
                start, velocity = waiting.popleft()
                found.append((seconds(start), seconds(tick), message.note, velocity))
    return found


def nearly(note: tuple[float, float, int, int]) -> tuple[float, ...]:
    """To sort by: seconds differ in their last digits between libraries."""
    start, end, pitch, velocity = note
    return pitch, round(start, 2), round(end, 2), velocity


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_notes_start_and_end_when_other_readers_say_they_do(path: Path) -> None:
    score, theirs = read_score(path), by_others(path)
    ours = list(
        zip(
            score.onset_s.tolist(), score.offset_s.tolist(), score.pitch.tolist(),
            score.velocity.tolist(), strict=True,
        )
    )  # fmt: skip
    assert len(ours) == len(theirs)
    np.testing.assert_allclose(sorted(ours, key=nearly), sorted(theirs, key=nearly), atol=1e-4)
    assert score.length_s == pytest.approx(max(end for _, end, *_ in theirs), abs=1e-4)


def test_tempo_changes_count_in_whichever_track_they_stand() -> None:
    file = mido.MidiFile(type=1, ticks_per_beat=480)
    first, second, third = (file.add_track() for _ in range(3))
    first.append(mido.MetaMessage("set_tempo", tempo=1_000_000, time=0))
    second.append(mido.Message("note_on", note=60, velocity=64, time=0))
    second.append(mido.MetaMessage("set_tempo", tempo=250_000, time=480))
    second.append(mido.Message("note_off", note=60, time=960))
    third.append(mido.Message("note_on", note=64, velocity=64, time=480))
    third.append(mido.MetaMessage("set_tempo", tempo=2_000_000, time=480))
    third.append(mido.Message("note_off", note=64, time=960))
    content = BytesIO()
    file.save(file=content)
    score = parse_score(content.getvalue())
    assert score.tempo_bpm.tolist() == [60.0, 240.0, 30.0]
    assert score.onset_s.tolist() == [0.0, 1.0]
    assert score.offset_s.tolist() == [1.0 + 0.25 + 2.0, 1.0 + 0.25 + 4.0]
    assert score.length_s == pytest.approx(file.length)


def test_a_tempo_of_zero_is_passed_over() -> None:
    slow, none = b"\x00\xff\x51\x03\x0f\x42\x40", b"\x00\xff\x51\x03\x00\x00\x00"
    assert parse_score(smf(slow + none + NOTE)).tempo_bpm.tolist() == [60.0]


def test_the_last_of_several_tempos_at_one_time_counts() -> None:
    slow, fast = b"\x00\xff\x51\x03\x0f\x42\x40", b"\x00\xff\x51\x03\x03\xd0\x90"
    assert parse_score(smf(slow + fast + NOTE)).tempo_bpm.tolist() == [240.0]


def test_channels_of_one_track_become_parts_of_their_own() -> None:
    track = bytes.fromhex("00c005 00c106 00903c40 00913e40 00992440 60803c00 00813e00 00892400")
    score = parse_score(smf(track, kind=0))
    assert score.tracks == (Track("", 5), Track("", 6), Track("", 0, is_drum=True))
    assert dict(zip(score.pitch.tolist(), score.track.tolist(), strict=True)) == {
        60: 0, 62: 1, 36: 2,
    }  # fmt: skip


def test_a_note_on_without_velocity_ends_the_note() -> None:
    score = parse_score(smf(bytes.fromhex("00903c40 603c00 003e40 603e00")))
    assert notes(score) == [(60, 0.0, 1.0, 64), (62, 1.0, 1.0, 64)]


def test_of_overlapping_notes_the_first_started_is_the_first_ended() -> None:
    score = parse_score(smf(bytes.fromhex("00903c40 303c41 303c00 303c00")))
    assert notes(score) == [(60, 0.0, 1.0, 64), (60, 0.5, 1.0, 65)]


def test_a_note_may_last_no_time() -> None:
    score = parse_score(smf(bytes.fromhex("00903c40 00803c00 00903e40 60803e00")))
    assert notes(score) == [(60, 0.0, 0.0, 64), (62, 0.0, 1.0, 64)]


def test_a_note_that_never_ends_is_left_out() -> None:
    score = parse_score(smf(bytes.fromhex("00903c40 00903e40 60803e00")))
    assert score.pitch.tolist() == [62]


def test_pedal_and_bend_are_kept_with_their_part() -> None:
    pedal = bytes.fromhex("00b0407f 00e00000 00e07f7f") + NOTE + bytes.fromhex("00b04000")
    score = parse_score(smf(NOTE.replace(b"\x90", b"\x91").replace(b"\x80", b"\x81"), pedal))
    changes = score.changes
    assert changes.track.tolist() == [1, 1, 1, 1]
    assert changes.number.tolist() == [64, BEND, BEND, 64]
    assert changes.value.tolist() == [127, -8192, 8191, 0]
    assert changes.onset_beats.tolist() == [0.0, 0.0, 0.0, 1.0]


def test_meters_and_keys_are_read_once_however_often_they_are_told() -> None:
    told = bytes.fromhex("00ff580403021808 00ff5902fd01")
    score = parse_score(smf(told + NOTE + told, told + NOTE))
    assert score.meters == (Meter(0.0, 3, 4),)
    assert score.keys == (Key(0.0, -3, True),)


def test_impossible_meters_and_keys_are_passed_over() -> None:
    told = bytes.fromhex("00ff580400021808 00ff5804041f1808 00ff59021000")
    score = parse_score(smf(told + NOTE))
    assert (score.meters, score.keys) == ((), ())


def test_tracks_without_notes_are_no_parts() -> None:
    lyric = b"\x00\xff\x05\x02la"
    score = parse_score(smf(b"\x00\xff\x03\x05title", lyric + NOTE, lyric))
    assert score.tracks == (Track(),)


def test_names_that_are_not_utf8_do_not_stop_the_reading() -> None:
    score = parse_score(smf(b"\x00\xff\x03\x04Vio\xe3" + NOTE))
    assert score.tracks[0].name.startswith("Vio")


@pytest.mark.parametrize("kind", [0, 1, 2])
def test_every_type_of_file_is_read(kind: int) -> None:
    assert notes(parse_score(smf(NOTE, kind=kind))) == [(60, 0.0, 1.0, 64)]


@pytest.mark.parametrize(
    ("frames", "resolution", "ticks_per_s"),
    [(24, 2, 48.0), (25, 40, 1000.0), (29, 80, 80 * 30000 / 1001), (30, 1, 30.0)],
)
def test_time_code_counts_seconds_and_ignores_tempo(
    frames: int, resolution: int, ticks_per_s: float
) -> None:
    tempo = b"\x00\xff\x51\x03\x0f\x42\x40"
    track = tempo + b"\x60\x90\x3c\x40\x60\x80\x3c\x00"
    score = parse_score(smf(track, division=bytes([256 - frames, resolution])))
    assert score.onset_s.tolist() == pytest.approx([96 / ticks_per_s])
    assert score.offset_s.tolist() == pytest.approx([192 / ticks_per_s])
    ticks = score.onset_beats * score.ticks_per_beat
    assert ticks.tolist() == pytest.approx([96.0])


@pytest.mark.parametrize("division", ["0000", "e700", "d328"])
def test_a_time_division_that_cannot_be_is_damage(division: str) -> None:
    with pytest.raises(DamagedFile, match="time division"):
        parse_score(smf(NOTE, division=bytes.fromhex(division)))


def test_a_riff_wrapper_is_taken_off() -> None:
    plain = smf(NOTE)
    rest = b"LIST" + struct.pack("<I", 4) + b"INFO"
    body = b"RMIDdata" + struct.pack("<I", len(plain)) + plain + rest
    assert notes(parse_score(b"RIFF" + struct.pack("<I", len(body)) + body)) == [(60, 0, 1, 64)]


def test_a_longer_header_is_read_past() -> None:
    plain = smf(NOTE)
    longer = plain[:4] + struct.pack(">I", 8) + plain[8:14] + b"ab" + plain[14:]
    assert notes(parse_score(longer)) == [(60, 0.0, 1.0, 64)]


def test_text_under_a_midi_name_is_the_wrong_format(tmp_path: Path) -> None:
    file = tmp_path / "notes.mid"
    file.write_text("not music at all\n" * 100)
    with pytest.raises(WrongFormat, match=r"notes\.mid: this is not a MIDI file; give"):
        read_score(file)


def test_an_empty_file_is_called_empty(tmp_path: Path) -> None:
    (tmp_path / "a.mid").touch()
    with pytest.raises(EmptyFile, match="0 bytes"):
        read_score(tmp_path / "a.mid")


def test_a_missing_file_is_called_missing() -> None:
    with pytest.raises(MissingFile):
        read_score("examples/gone.mid")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_name_that_is_not_utf8_is_read(tmp_path: Path) -> None:
    file = Path(f"{tmp_path}/caf\udce9.mid")
    file.write_bytes(smf(NOTE))
    assert len(read_score(file)) == 1


def test_a_file_without_notes_is_called_empty() -> None:
    with pytest.raises(EmptyFile, match="no notes"):
        parse_score(smf(b"\x00\xff\x03\x05title"))


def test_a_file_cut_anywhere_gives_fewer_notes_or_one_clear_error() -> None:
    whole = Path("examples/bach-bwv66-6.mid").read_bytes()
    full = len(parse_score(whole))
    refused = 0
    for length in range(len(whole)):
        try:
            assert len(parse_score(whole[:length])) <= full
        except MusoError as error:
            assert isinstance(error, (EmptyFile, WrongFormat, DamagedFile))
            refused += 1
    assert refused > 0.9 * len(whole)


@pytest.mark.parametrize("path", EXAMPLES[:6], ids=lambda path: path.stem)
def test_flipped_bytes_give_a_score_or_one_clear_error(path: Path) -> None:
    rng = np.random.default_rng(66)
    whole = np.frombuffer(path.read_bytes(), np.uint8)
    for _ in range(50):
        broken = whole.copy()
        broken[rng.integers(0, len(broken), 4)] = rng.integers(0, 256, 4)
        try:
            score = parse_score(broken.tobytes())
        except MusoError as error:
            assert str(error).startswith("<memory>: ")
        else:
            assert score.pitch.max() <= 127
            assert score.onset_beats.min() >= 0
            assert score.duration_beats.min() >= 0
            assert score.tempo_onset_beats[0] == 0
            assert (np.diff(score.onset_s) >= 0).all()


def test_thirty_bytes_that_claim_days_of_music_are_refused() -> None:
    week = b"\xff\xff\xff\x7f"
    content = smf(b"\x00\x90\x3c\x40" + week + b"\x80\x3c\x00", division=b"\x00\x01")
    assert len(content) < 40
    with pytest.raises(TooLong, match=r"claims 134,217,728 s of music; the limit is 21,600"):
        parse_score(content)


def test_times_that_run_over_are_damage() -> None:
    week = b"\xff\xff\xff\x7f"
    track = (week + b"\x90\x3c\x40" + week + b"\x80\x3c\x00") * 6
    with pytest.raises(DamagedFile, match="impossible times"):
        parse_score(smf(track, division=b"\x7f\xff"))


def test_more_parts_than_can_be_counted_are_refused_before_they_take_memory() -> None:
    changes = b"".join(b"\x00\xc0" + bytes([n % 128]) for n in range(40_000))
    with pytest.raises(TooLong, match="parts"):
        parse_score(smf(changes + NOTE))


def test_limits_are_the_caller_s_to_set(tmp_path: Path) -> None:
    file = tmp_path / "a.mid"
    file.write_bytes(smf(NOTE + NOTE))
    assert len(read_score(file, Limits(notes=2, length_s=1.0))) == 2
    with pytest.raises(TooLong, match="2 notes; the limit is 1"):
        read_score(file, Limits(notes=1))
    with pytest.raises(TooLong, match="claims 1 s"):
        read_score(file, Limits(length_s=0.5))
    with pytest.raises(TooLong, match="larger"):
        read_score(file, Limits(bytes=20))
    with pytest.raises(TooLong, match="larger"):
        parse_score(file.read_bytes(), limits=Limits(bytes=20))
