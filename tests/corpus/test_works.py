from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muso import workers
from muso.corpus.candidates import find_candidates
from muso.corpus.corpus import Corpus, Piece, scan_folder
from muso.corpus.fingerprint import align, fingerprint, grams
from muso.corpus.works import find_matches, find_works, join_works
from muso.music.midi import read_score, write_score
from muso.music.score import Score, Track

LIED = "examples/schubert-gute_nacht.mid"


@pytest.fixture(scope="module")
def lied() -> Score:
    return read_score(LIED)


def thinned(score: Score, share: float, rng: np.random.Generator) -> Score:
    return score.select(rng.random(len(score)) > share)


def played(score: Score, rng: np.random.Generator) -> Score:
    """As by hand: chords spread, lengths and loudness uneven, all in one track of its own name."""
    onset = score.onset_beats + rng.uniform(0, 0.03, len(score))
    order = np.argsort(onset, kind="stable")
    return replace(
        score,
        pitch=score.pitch[order],
        onset_beats=onset[order],
        duration_beats=(score.duration_beats * rng.uniform(0.4, 1.2, len(score)))[order],
        velocity=rng.integers(30, 110, len(score)).astype(np.uint8),
        track=np.zeros(len(score), np.int16),
        tracks=(Track("Harp", 46),),
        tempo_bpm=score.tempo_bpm * 1.3,
    )


def slower(score: Score) -> Score:
    """The same, written in notes of twice the length."""
    return replace(
        score, onset_beats=score.onset_beats * 2, duration_beats=score.duration_beats * 2
    )


def without_bass(score: Score) -> Score:
    return score.select(score.pitch >= 55)


CHANGES = {
    "transposed": lambda score, rng: score.transpose(-4),
    "faster": lambda score, rng: replace(score, tempo_bpm=score.tempo_bpm * 1.7),
    "finer ticks": lambda score, rng: replace(score, ticks_per_beat=960),
    "in notes twice as long": lambda score, rng: slower(score),
    "played": played,
    "with a tenth of the notes gone": lambda score, rng: thinned(score, 0.1, rng),
    "without its bass": lambda score, rng: without_bass(score),
    "its second half": lambda score, rng: score.between(score.length_s / 2, score.length_s),
    "all of it together": lambda score, rng: played(
        thinned(score.between(20, score.length_s - 20).transpose(3), 0.05, rng), rng
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_copy_is_found_and_nothing_else(change, lied, tmp_path):
    copy = CHANGES[change](lied, np.random.default_rng(1))
    write_score(copy, tmp_path / "copy.mid")
    corpus = scan_folder("examples")
    corpus = replace(
        corpus, pieces=(*corpus.pieces, Piece(tmp_path / "copy.mid", "examples", "copy"))
    )
    found = find_matches(corpus).found
    assert len(found) == 1
    assert corpus.pieces[found[0].first].path.name == Path(LIED).name
    assert found[0].second == len(corpus) - 1


def test_a_match_tells_its_kind_and_how_far_it_was_transposed(lied, tmp_path):
    rng = np.random.default_rng(0)
    write_score(lied, tmp_path / "a.mid")
    write_score(replace(lied, tempo_bpm=lied.tempo_bpm / 2), tmp_path / "b.mid")
    write_score(lied.transpose(2), tmp_path / "c.mid")
    write_score(thinned(lied.transpose(-3), 0.05, rng), tmp_path / "d.mid")
    found = find_matches(scan_folder(tmp_path)).found
    assert [(m.first, m.second, m.kind, m.semitones) for m in found] == [
        (0, 1, "copy", 0),
        (0, 2, "transposed", 2),
        (0, 3, "similar", -3),
    ]
    assert found[0].overlap == 1.0
    assert 0.2 < found[2].overlap <= 1.0


def test_matching_pieces_become_one_work_and_keep_works_they_had(lied, tmp_path):
    for name, semitones in (("a", 0), ("b", 1), ("c", 5)):
        write_score(lied.transpose(semitones), tmp_path / f"{name}.mid")
    write_score(read_score("examples/bach-bwv269.mid"), tmp_path / "d.mid")
    corpus = scan_folder(tmp_path)
    named = replace(corpus, pieces=tuple(
        replace(piece, work={"a.mid": "winterreise", "d.mid": "winterreise"}.get(piece.work, ""))
        if piece.path.name in ("a.mid", "d.mid") else piece
        for piece in corpus.pieces
    ))  # fmt: skip
    assert [p.work for p in find_works(corpus).pieces] == ["a.mid", "a.mid", "a.mid", "d.mid"]
    # d was in a's work already, so it stays there, and b and c come to it.
    assert len({p.work for p in find_works(named).pieces}) == 1


def test_matches_across_labels_are_joined_and_told(lied, tmp_path):
    for label in ("Schubert", "Liszt"):
        (tmp_path / label).mkdir()
        write_score(lied, tmp_path / label / "lied.mid")
    corpus = scan_folder(tmp_path)
    matches = find_matches(corpus)
    assert matches.across_labels(corpus) == matches.found
    assert len({p.work for p in join_works(corpus, matches).pieces}) == 1


def test_files_that_cannot_be_read_are_listed_and_the_rest_is_compared(lied, tmp_path):
    write_score(lied, tmp_path / "a.mid")
    write_score(lied, tmp_path / "c.mid")
    (tmp_path / "b.mid").write_text("no MIDI")
    matches = find_matches(scan_folder(tmp_path))
    assert [(m.first, m.second) for m in matches.found] == [(0, 2)]
    ((path, reason),) = matches.unreadable
    assert path.name == "b.mid"
    assert "not a MIDI file" in reason


def test_covers_and_clips_are_compared_byte_by_byte(tmp_path):
    for name, content in (("a.png", b"x"), ("b.png", b"x"), ("c.wav", b"y")):
        (tmp_path / name).write_bytes(content)
    found = find_matches(scan_folder(tmp_path)).found
    assert [(m.first, m.second, m.kind) for m in found] == [(0, 1, "copy")]


def test_scales_that_everybody_plays_join_nobody(tmp_path):
    rng = np.random.default_rng(0)
    scale = np.tile([60, 62, 64, 65, 67, 69, 71, 72, 71, 69, 67, 65, 64, 62], 12)
    for name in "ab":
        own = rng.integers(50, 80, 60)
        line = np.concatenate([scale, own])
        write_score(Score.of(line, np.arange(len(line)), 1.0), tmp_path / f"{name}.mid")
    assert find_matches(scan_folder(tmp_path)).found == ()


def test_percussion_is_no_melody():
    drums = Score.of(np.arange(36, 60), np.arange(24), 1.0, tracks=(Track("", 0, True),))
    print_ = fingerprint(drums)
    assert len(print_.line) == 0
    assert print_.content == print_.shape
    assert len(fingerprint(drums.select(np.zeros(24, bool))).line) == 0


def test_many_workers_find_what_one_finds(lied, tmp_path, monkeypatch):
    for number in range(5):
        write_score(lied.transpose(number), tmp_path / f"{number}.mid")
    corpus = scan_folder(tmp_path)
    one = find_matches(corpus)
    assert one.found
    monkeypatch.setattr(workers, "CHUNK", 1)
    assert find_matches(corpus) == one


def test_hundreds_of_copies_hang_together():
    rng = np.random.default_rng(0)
    theme = rng.integers(40, 80, 300).astype(np.uint8)
    others = [rng.integers(40, 80, 300).astype(np.uint8) for _ in range(100)]
    copies = [theme[rng.random(300) > 0.02] + rng.integers(0, 12) for _ in range(200)]
    found = find_candidates([*others, *(copy.astype(np.uint8) for copy in copies)])
    parent = list(range(300))

    def root(node):
        while parent[node] != node:
            node = parent[node]
        return node

    for first, second in zip(found.first.tolist(), found.second.tolist(), strict=True):
        parent[root(first)] = root(second)
    assert len({root(node) for node in range(100, 300)}) == 1
    assert len({root(node) for node in range(100)}) == 100


def test_candidates_do_not_depend_on_the_size_of_a_block(monkeypatch):
    rng = np.random.default_rng(1)
    lines = [rng.integers(40, 80, 200).astype(np.uint8) for _ in range(30)]
    lines += [line[30:150] + np.uint8(1) for line in lines]
    whole = find_candidates(lines)
    monkeypatch.setattr("muso.corpus.candidates.BLOCK", 500)
    parts = find_candidates(lines)
    assert whole.first.tolist() == parts.first.tolist()
    assert len(whole.first) == 30
    np.testing.assert_array_equal(whole.overlap, parts.overlap)


def test_nothing_to_compare_gives_nothing():
    assert len(find_candidates([]).first) == 0
    assert len(find_candidates([np.zeros(0, np.uint8)] * 3).first) == 0
    assert find_matches(Corpus("none", ())).found == ()


lines = st.lists(st.integers(20, 100), max_size=80).map(lambda notes: np.array(notes, np.uint8))


@settings(max_examples=60)
@given(lines, st.integers(-20, 20))
def test_windows_are_blind_to_transposition(line, semitones):
    moved = grams((line.astype(int) + semitones).astype(np.uint8))
    here = grams(line)
    assert here.code.tolist() == moved.code.tolist()
    assert (moved.pitch - here.pitch == semitones).all()


@settings(max_examples=60)
@given(lines, lines)
def test_an_alignment_is_the_same_seen_from_either_side(one, other):
    here, there = align(one, other), align(other, one)
    assert (here.passages > 0) == (there.passages > 0)
    assert 0 <= here.span <= 1


def test_passages_are_counted_in_order_and_in_one_key():
    rng = np.random.default_rng(5)
    parts = [rng.integers(40, 80, 9).astype(np.uint8) for _ in range(6)]
    straight = np.concatenate(parts)
    assert align(straight, straight + np.uint8(4)).passages == 6
    reversed_ = np.concatenate(parts[::-1])
    assert align(straight, reversed_).passages <= 2
