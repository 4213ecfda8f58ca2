from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from muso.corpus.corpus import Corpus, Piece
from muso.corpus.manifest import read_corpus
from muso.errors import CorpusError
from muso.learn.data import read_data
from muso.music.clip import Clip, write_clip
from muso.music.midi import read_score
from muso.progress import Progress
from muso.represent import Descriptors, PianoRoll
from muso.represent.bands import Bands
from muso.service import Request, identify

VIEWS = [PianoRoll(frames=64, most=5), Descriptors(groups=("rate",))]


@pytest.fixture(scope="module")
def corpus(corpus_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """Some of the composers by rule, with files among them that can't be used."""
    folder = tmp_path_factory.mktemp("mixed")
    for label in ("Leaper", "Walker"):
        (folder / label).mkdir()
        for number in range(4):
            shutil.copy(corpus_folder / label / f"{number:02}.mid", folder / label)
    (folder / "Leaper" / "damaged.mid").write_bytes(b"MThd\0\0")
    (folder / "Leaper" / "text.mid").write_bytes(b"no music")
    (folder / "Walker" / "front.png").write_bytes(b"no picture")
    (folder / "Walker" / "song.mp3").write_bytes(b"no sound")
    return read_corpus(folder)


def test_pieces_are_read_in_order_and_what_can_not_be_is_told(corpus: Corpus) -> None:
    told: list[Progress] = []
    data = read_data(corpus, VIEWS, "score", listener=told.append)
    assert [piece.path.name for piece in data.pieces] == [f"{n:02}.mid" for n in range(4)] * 2
    assert data.labels == ("Leaper", "Walker")
    assert data.target.tolist() == [0] * 4 + [1] * 4
    assert data.works == tuple(piece.work for piece in data.pieces)
    told_of = {Path(path).name: why for path, why in data.unreadable.items()}
    assert set(told_of) == {"damaged.mid", "text.mid", "front.png", "song.mp3"}
    assert "not a score; leave it out" in told_of["front.png"]
    assert "not a score" in told_of["song.mp3"]
    assert told[-1].done == told[-1].total


def test_every_view_gets_every_piece_prepared(corpus: Corpus) -> None:
    data = read_data(corpus, VIEWS, "score")
    for view, prepared in zip(VIEWS, data.prepared, strict=True):
        for piece, given in zip(data.pieces, prepared, strict=True):
            expected = view.slices(read_score(piece.path)).values
            np.testing.assert_array_equal(view.cut(given).values, expected)


def test_a_sliced_piece_is_many_pieces_of_one_work(corpus: Corpus) -> None:
    data = read_data(corpus, VIEWS, "score", sliced=True)
    whole = read_data(corpus, VIEWS, "score")
    counts = [len(VIEWS[0].cut(prepared).values) for prepared in whole.prepared[0]]
    assert [data.pieces.count(piece) for piece in whole.pieces] == counts
    assert min(counts) > 1
    parts = [VIEWS[0].cut(prepared).values for prepared in data.prepared[0][: counts[0]]]
    assert [len(part) for part in parts] == [1] * counts[0]
    expected = VIEWS[0].cut(whole.prepared[0][0]).values
    different = np.mean(np.concatenate(parts) != expected)
    assert different < 0.01


def test_recordings_of_which_nothing_can_be_said_are_left_out_in_the_same_words(
    tmp_path: Path,
) -> None:
    rng = np.random.default_rng(0)
    sounds = {"jazz/a": (0.1, 2.0), "rock/b": (0.1, 2.0), "jazz/silent": (0.0, 2.0),
              "jazz/short": (0.1, 0.2)}  # fmt: skip
    for name, (loud, length_s) in sounds.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        samples = rng.normal(0, loud, (1, round(length_s * 22_050))).astype(np.float32)
        write_clip(Clip(samples, 22_050), tmp_path / f"{name}.wav")
    data = read_data(read_corpus(tmp_path), [Bands()], "clip")
    assert [piece.path.name for piece in data.pieces] == ["a.wav", "b.wav"]
    for name in ("silent", "short"):
        file = tmp_path / f"jazz/{name}.wav"
        reason = identify(file, Request(tasks=("genre",))).predictions["genre"].reason
        assert data.unreadable[str(file)] == f"{file}: {reason}; leave it out of the corpus"


def test_one_label_is_nothing_to_learn(corpus: Corpus) -> None:
    one = Corpus("one", tuple(piece for piece in corpus.pieces if piece.label == "Walker"))
    with pytest.raises(CorpusError, match=r"one label alone in readable scores; .*not a score"):
        read_data(one, VIEWS, "score")


def test_nothing_readable_is_told_with_the_first_reason() -> None:
    gone = Corpus("x", (Piece(Path("/none/a.mid"), "A", "a"), Piece(Path("/none/b.mid"), "B", "b")))
    with pytest.raises(CorpusError, match=r"x: no label in .*a\.mid: no such file"):
        read_data(gone, VIEWS, "score")
