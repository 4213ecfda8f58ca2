"""Composing as a service: requests, streams, files, provenance."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import mido
import numpy as np
import pytest

from muso import service
from muso.errors import EmptyFile, FileError, MissingFile, UsageError
from muso.music.midi import read_score, write_score
from muso.music.score import Score
from muso.service import ComposeRequest, Composition, Note, compose, compose_files, compose_stream

MOODS = ("sad", "calm", "angry", "happy")


@pytest.fixture(autouse=True)
def model(composing: Any) -> Any:
    """Every bundle that composes is the model by rule."""
    return composing


def test_a_mood_alone_makes_a_piece_of_a_minute() -> None:
    made = compose(ComposeRequest(mood="happy", candidates=2))
    assert 50 < made.score.length_s < 66
    assert made.request == {"mood": "happy", "candidates": 2}
    assert set(made.heard) == set(MOODS)


def test_the_mood_reaches_the_model() -> None:
    loud, soft = (
        compose(ComposeRequest(mood=mood, bars=8, candidates=1)).score.velocity.mean()
        for mood in ("angry", "calm")
    )
    assert loud > soft + 20


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    for name, seed in (("one", 7), ("again", 7), ("other", 8)):
        list(compose_files(ComposeRequest(bars=8, seed=seed), tmp_path / f"{name}.mid"))
    one, again, other = ((tmp_path / f"{n}.mid").read_bytes() for n in ("one", "again", "other"))
    assert one == again != other


def test_notes_stream_in_order_and_are_those_of_the_piece() -> None:
    *notes, last = compose_stream(ComposeRequest(seconds=20))
    assert isinstance(last, Composition)
    assert all(isinstance(note, Note) for note in notes)
    onsets = [note.onset_s for note in notes if isinstance(note, Note)]
    assert onsets == sorted(onsets)
    assert [n.pitch for n in notes if isinstance(n, Note)] == last.score.pitch.tolist()
    assert np.allclose(onsets, last.score.onset_s)


def test_the_first_notes_come_before_the_piece_is_done(model: Any) -> None:
    steps = 0
    advance = model.advance

    def counted(*given: object) -> object:
        nonlocal steps
        steps += 1
        return advance(*given)

    model.advance = counted
    stream = compose_stream(ComposeRequest(seconds=300))
    assert isinstance(next(stream), Note)
    assert steps < 30
    stream.close()  # type: ignore[attr-defined]
    assert steps < 30


def test_progress_goes_up_to_the_whole() -> None:
    told: list[int] = []
    compose(ComposeRequest(bars=16), lambda progress: told.append(progress.done))
    assert told == sorted(told)
    assert told[-1] == 100


def test_several_pieces_are_numbered_and_differ(tmp_path: Path) -> None:
    made = list(compose_files(ComposeRequest(bars=4, seed=5), tmp_path / "out.mid", 3))
    assert [one.path.name for one in made] == ["out-01.mid", "out-02.mid", "out-03.mid"]
    assert [one.composition.seed for one in made] == [5, 6, 7]
    assert len({one.path.read_bytes() for one in made}) == 3


@pytest.mark.parametrize("suffix", [".mid", ".wav", ".ogg", ".png", ".svg"])
def test_the_suffix_says_what_is_made(tmp_path: Path, suffix: str) -> None:
    (made,) = compose_files(ComposeRequest(bars=2), tmp_path / f"out{suffix}")
    assert made.path.stat().st_size > 100
    assert [file.name for file in tmp_path.iterdir()] == [f"out{suffix}"]


def test_a_score_is_type_1_with_tempo_meter_key_and_names(tmp_path: Path) -> None:
    (made,) = compose_files(ComposeRequest(bars=4), tmp_path / "out.mid")
    file = mido.MidiFile(made.path)
    kinds = {message.type for track in file.tracks for message in track}
    assert file.type == 1
    assert {"set_tempo", "time_signature", "key_signature", "track_name"} <= kinds
    assert {track.name for track in file.tracks} >= {"Right hand"} or len(file.tracks) == 2


def test_a_piece_goes_on_from_a_score(tmp_path: Path) -> None:
    start = Score.of([60, 64, 67, 72] * 4, np.arange(16), [1] * 16, tempo_bpm=120)
    write_score(start, tmp_path / "start.mid")
    made = compose(ComposeRequest(start=tmp_path / "start.mid", bars=4))
    assert made.score.pitch[:16].tolist() == start.pitch.tolist()
    assert made.score.length_beats > 28
    assert made.request["start"].endswith("start.mid")


def test_a_loop_is_as_long_as_its_bars_and_has_its_beat() -> None:
    made = compose(ComposeRequest(loop_bars=4, beat="rock"))
    assert made.score.length_beats <= 16
    assert [track.is_drum for track in made.score.tracks].count(True) == 1


def test_humanized_pieces_keep_every_note() -> None:
    plain, played = (compose(ComposeRequest(bars=4, humanize=h)).score for h in (None, 0.6))
    assert len(plain) == len(played)
    assert plain.onset_beats.tolist() != played.onset_beats.tolist()


def test_an_instrument_is_set_and_one_track_is_one_track() -> None:
    score = compose(ComposeRequest(bars=4, instrument=40, tracks=1)).score
    assert [track.program for track in score.tracks] == [40]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"mood": "jolly"}, "no mood 'jolly'; there are sad, calm, angry, happy"),
        ({"valence": 1.5}, "valence is 1.5; give -1 to 1"),
        ({"arousal": -2}, "arousal is -2; give -1 to 1"),
        ({"mood": "sad", "valence": 0}, "give the mood or the coordinates"),
        ({"seconds": 10, "bars": 2}, "give one of them"),
        ({"seconds": 0}, "seconds is 0"),
        ({"seed": -1}, "seed is -1"),
        ({"temperature": 0}, "temperature is 0"),
        ({"top_p": 2}, "top_p is 2"),
        ({"humanize": 1.5}, "humanize is 1.5"),
    ],
)
def test_what_can_not_be_asked_is_said_at_once(asked: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said.replace("'", ".")):
        ComposeRequest(**asked)  # type: ignore[arg-type]


def test_a_start_that_is_empty_or_no_score_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.mid").touch()
    (tmp_path / "text.mid").write_text("la la la")
    with pytest.raises(EmptyFile):
        compose(ComposeRequest(start=tmp_path / "empty.mid"))
    with pytest.raises(FileError, match="not a MIDI file"):
        compose(ComposeRequest(start=tmp_path / "text.mid"))
    with pytest.raises(MissingFile):
        compose(ComposeRequest(start=tmp_path / "none.mid"))


def test_an_output_that_can_not_be_written_is_told_before_composing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service.composing, "compose", lambda *_: pytest.fail("composed"))
    for target, error in (
        (tmp_path / "no" / "out.mid", MissingFile),
        (tmp_path / "out.txt", UsageError),
        (tmp_path / "out", UsageError),
    ):
        with pytest.raises(error):
            list(compose_files(ComposeRequest(bars=1), target))
    with pytest.raises(UsageError, match="count is 0"):
        list(compose_files(ComposeRequest(bars=1), tmp_path / "out.mid", 0))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="no folder is closed to us")
def test_a_folder_without_permission_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(FileError):
        list(compose_files(ComposeRequest(bars=1), tmp_path / "out.mid"))


def test_nothing_is_left_behind_by_an_error_while_writing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("muso.music.midi.format_score", full)
    with pytest.raises(OSError, match="No space"):
        list(compose_files(ComposeRequest(bars=1), tmp_path / "out.mid"))
    assert list(tmp_path.iterdir()) == []


def test_the_start_is_never_written_over(tmp_path: Path) -> None:
    start = tmp_path / "start.mid"
    write_score(Score.of([60] * 4, np.arange(4), [1] * 4), start)
    before = start.read_bytes()
    with pytest.raises(UsageError, match="choose another name"):
        list(compose_files(ComposeRequest(start=start, bars=1), start))
    assert start.read_bytes() == before


def test_what_was_written_reads_back_as_it_was_composed(tmp_path: Path) -> None:
    (made,) = compose_files(ComposeRequest(bars=8), tmp_path / "out.mid")
    back = read_score(made.path)
    assert back.pitch.tolist() == made.composition.score.pitch.tolist()
    assert np.allclose(back.onset_beats, made.composition.score.onset_beats)
