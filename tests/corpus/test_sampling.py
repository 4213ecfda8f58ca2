from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from muso.corpus.corpus import Corpus, Piece
from muso.corpus.sampling import draw_excerpt, draw_samples, write_samples
from muso.music.clip import read_clip
from muso.music.midi import write_score
from muso.music.score import Score


def corpus(*labels: str) -> Corpus:
    return Corpus(
        "mine",
        tuple(Piece(Path(f"/{n}.mid"), label, str(n)) for n, label in enumerate(labels)),
    )


@given(st.lists(st.text(min_size=1), min_size=1, max_size=20, unique=True))
def test_every_label_has_a_file_name_of_its_own_that_any_disk_takes(labels):
    stems = [Path(draw.stem).name for draw in draw_samples(corpus(*labels), "heard")]
    names = [f"{stem}-1.wav" for stem in stems]
    assert len({name.casefold() for name in names}) == len(labels)
    assert all(
        Path(draw.stem).parent == Path("heard") for draw in draw_samples(corpus(*labels), "heard")
    )
    for name in names:
        assert len(name.encode("utf-8", "surrogatepass")) <= 255
        assert not set(name) & set('<>:"/\\|?*\0\n')
        assert name not in (".", "..")


def test_what_is_drawn_of_a_label_hangs_on_it_alone():
    of_bach = lambda found: next(d.pieces for d in found if d.pieces[0].label == "Bach")  # noqa: E731
    few = draw_samples(corpus(*["Bach"] * 9), "heard", seed=3)
    many = draw_samples(corpus(*["Bach"] * 9, *["Ravel"] * 4), "heard", seed=3)
    assert of_bach(few) == of_bach(many)
    assert of_bach(few) != of_bach(draw_samples(corpus(*["Bach"] * 9), "heard", seed=4))


@given(
    st.lists(st.floats(0, 100), min_size=1, max_size=30),
    st.floats(0.1, 200),
    st.integers(0, 99),
)
def test_an_excerpt_begins_with_a_note_and_is_no_longer_than_asked(onsets, length_s, seed):
    score = Score.of(60, onsets, np.ones(len(onsets)), tempo_bpm=60)
    start_s, part = draw_excerpt(score, length_s, np.random.default_rng(seed))
    assert float(part.onset_s[0]) == pytest.approx(0.0, abs=1e-6)
    assert part.length_s <= length_s + 1e-6
    # Where there is more to come it is not shorter either.
    first = float(np.min(onsets))
    if score.length_s - length_s >= first:
        assert start_s <= score.length_s - length_s


def test_pieces_that_can_not_be_read_give_way_to_the_next(tmp_path):
    pieces = []
    for number in range(4):
        path = tmp_path / f"{number}.mid"
        if number % 2:
            write_score(Score.of([60, 64], [0, 1], [1, 1]), path)
        else:
            path.write_text("no MIDI")
        pieces.append(Piece(path, "Bach", str(number)))
    (draw,) = draw_samples(Corpus("mine", tuple(pieces)), tmp_path, per_label=3)
    samples, unreadable = write_samples(draw, 0.5)
    assert [sample.path.name for sample in samples] == ["Bach-1.wav", "Bach-2.wav"]
    assert len(unreadable) == 2
    assert all(".mid: this is not a MIDI file" in reason for reason in unreadable)


def test_a_short_piece_is_played_whole_and_rings_out(tmp_path):
    write_score(Score.of([60], [0], [1], tempo_bpm=120), tmp_path / "short.mid")
    piece = Piece(tmp_path / "short.mid", "Bach", "short")
    (draw,) = draw_samples(Corpus("mine", (piece,)), tmp_path)
    ((sample,), _) = write_samples(draw, 10.0)
    assert 0.5 < read_clip(sample.path).length_s < 10
    assert sample.start_s == 0.0
