from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import soundfile

from muso import service
from muso.errors import CorpusError, MusoError, UsageError, WrongFormat
from muso.music.clip import Clip, write_clip
from muso.music.midi import write_score
from muso.music.score import Score
from muso.progress import Progress
from muso.service.surveying import read_answers

MOODS = ("calm", "happy")


@pytest.fixture(scope="module")
def moods(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two moods, two scores each, of different lengths and loudness; one clip."""
    folder = tmp_path_factory.mktemp("moods")
    for number, mood in enumerate(MOODS):
        (folder / mood).mkdir()
        for piece in range(2):
            notes = 16 + 10 * piece
            pitch = 60 + 7 * number + np.arange(notes) % 5
            velocity = 30 + 60 * number
            score = Score.of(pitch, np.arange(notes) / 2, 0.5, velocity, tempo_bpm=100)
            write_score(score, folder / mood / f"{mood}-{piece}.mid")
    tone = 0.01 * np.sin(2 * np.pi * 220 * np.arange(22_050 * 6) / 22_050)
    write_clip(Clip(tone[None].astype(np.float32), 22_050), folder / "calm" / "tone.flac")
    return folder


@pytest.fixture(scope="module")
def survey(moods: Path, tmp_path_factory: pytest.TempPathFactory) -> service.Survey:
    return service.make_survey([moods], tmp_path_factory.mktemp("out") / "test", length_s=4, seed=1)


def key_of(survey: service.Survey) -> dict[str, dict[str, str]]:
    with survey.key.open(newline="") as file:
        return {row["piece"]: row for row in csv.DictReader(file)}


def test_listeners_get_numbered_sounds_and_a_sheet_and_nothing_else(survey: service.Survey) -> None:
    found = sorted(path.name for path in survey.folder.iterdir())
    assert found == ["1.ogg", "2.ogg", "3.ogg", "4.ogg", "5.ogg", "answers.csv"]
    text = (survey.folder / "answers.csv").read_text()
    assert text.splitlines() == ["listener,piece,answer", *(f",{n}," for n in range(1, 6))]
    assert survey.key.parent == survey.folder.parent
    assert survey.labels == MOODS


def test_length_loudness_date_and_tags_betray_nothing(survey: service.Survey) -> None:
    facts = set()
    for name in survey.pieces:
        path = survey.folder / f"{name}.ogg"
        with soundfile.SoundFile(path) as file:
            facts.add((file.frames, file.samplerate, file.channels, str(file.copy_metadata())))
            level = float(np.sqrt(np.mean(np.square(file.read()))))
        assert level == pytest.approx(0.08, rel=0.15)
        facts.add(path.stat().st_mtime)
        content = path.read_bytes()
        assert not any(mood.encode() in content for mood in (*MOODS, "tone"))
    assert len(facts) == 2


def test_the_order_is_shuffled_by_the_seed_and_the_key_tells_it(
    survey: service.Survey, moods: Path, tmp_path: Path
) -> None:
    rows = key_of(survey)
    assert sorted(row["label"] for row in rows.values()) == ["calm"] * 3 + ["happy"] * 2
    assert [Path(row["source"]).parent.name for row in rows.values()] == [
        row["label"] for row in rows.values()
    ]
    orders = {
        tuple(
            row["source"]
            for row in key_of(
                service.make_survey([moods], tmp_path / str(seed), length_s=2, seed=seed)
            ).values()
        )
        for seed in (1, 2)
    }
    assert len(orders) == 2
    assert tuple(row["source"] for row in rows.values()) in orders


def test_all_are_cut_to_the_shortest(moods: Path, tmp_path: Path) -> None:
    made = service.make_survey(
        [moods / "calm" / "calm-0.mid", moods / "happy" / "happy-1.mid"], tmp_path / "s"
    )
    assert made.length_s == pytest.approx(4.8, abs=0.1)
    lengths = {soundfile.info(made.folder / f"{name}.ogg").frames for name in made.pieces}
    assert len(lengths) == 1


def test_mp3_is_written_where_asked_for(moods: Path, tmp_path: Path) -> None:
    made = service.make_survey([moods], tmp_path / "s", length_s=2, format="mp3")
    assert soundfile.info(made.folder / "1.mp3").format == "MP3"


def test_a_filled_in_sheet_is_scored(survey: service.Survey, tmp_path: Path) -> None:
    rows = key_of(survey)
    sheet = tmp_path / "ann.csv"
    told = [f",{name}.ogg,{row['label'].upper()}" for name, row in rows.items()]
    sheet.write_text("\n".join(["listener,piece,answer", *told[:-1], ",5,"]))
    found = service.score_survey([sheet], survey.key)
    assert (found.right.right, found.right.count) == (4, 4)
    assert found.listeners[0].name == "ann"


def test_a_sheet_of_a_spreadsheet_with_semicolons_is_read(tmp_path: Path) -> None:
    sheet = tmp_path / "bo.csv"
    sheet.write_text("\ufeffListener;Piece;Answer\nbo;1; sad \n")
    (answer,) = read_answers(sheet)
    assert (answer.listener, answer.piece, answer.label) == ("bo", "1", "sad")


def test_what_cannot_be_made_is_refused_and_leaves_nothing(moods: Path, tmp_path: Path) -> None:
    wrong: list[tuple[type[MusoError], str, dict[str, object]]] = [
        (UsageError, "no format 'wav'", {"format": "wav"}),
        (UsageError, "ask for 2 to 600 s", {"length_s": 1.0}),
        (UsageError, "keep the key elsewhere", {"key": tmp_path / "s" / "key.csv"}),
    ]
    for kind, message, options in wrong:
        with pytest.raises(kind, match=message):
            service.make_survey([moods], tmp_path / "s", **options)  # type: ignore[arg-type]
    with pytest.raises(CorpusError, match="something to choose from"):
        service.make_survey([moods / "calm"], tmp_path / "s")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_holds_something_and_a_piece_too_short_are_refused(
    moods: Path, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="not an empty folder"):
        service.make_survey([moods], moods)
    (tmp_path / "sad").mkdir()
    write_score(Score.of([60], [0], [1]), tmp_path / "sad" / "short.mid")
    with pytest.raises(CorpusError, match=r"short\.mid: 0\.5 s long"):
        service.make_survey([moods, tmp_path / "sad" / "short.mid"], tmp_path / "s")


def test_files_that_are_no_sheet_or_key_are_told(survey: service.Survey, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n")
    with pytest.raises(WrongFormat, match="no column 'piece', so it isn't a key"):
        service.score_survey([other], other)
    with pytest.raises(WrongFormat, match="so it isn't a sheet of answers"):
        service.score_survey([other], survey.key)
    other.write_bytes(b"\xff\xfe\x00\xd8")
    with pytest.raises(WrongFormat, match="no CSV in UTF-8"):
        service.score_survey([other], survey.key)
    with pytest.raises(UsageError, match="there are no answers"):
        service.score_survey([survey.folder / "answers.csv"], survey.key)


def test_labels_of_folders_are_matched_in_any_case(tmp_path: Path) -> None:
    key, sheet = tmp_path / "key.csv", tmp_path / "ann.csv"
    key.write_text("piece,label,source\n1,Happy,a.mid\n2,Sad,b.mid\n", "utf-8")
    sheet.write_text("listener,piece,answer\nann,1,Happy\nann,2,happy\n", "utf-8")
    found = service.score_survey([sheet], key)
    assert (found.labels, found.right.right, found.right.count) == (("happy", "sad"), 1, 2)


def test_interrupted_it_leaves_a_folder_that_the_next_call_takes(
    moods: Path, tmp_path: Path
) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.stage == "rendering" and progress.done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        service.make_survey([moods], tmp_path / "s", length_s=2, listener=interrupt)
    assert list((tmp_path / "s").iterdir()) == []
    assert len(service.make_survey([moods], tmp_path / "s", length_s=2).pieces) == 5
