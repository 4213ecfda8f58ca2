"""Collecting covers from what lies on the disk already."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import mutagen
import numpy as np
import pytest
import soundfile
from mutagen.flac import Picture
from PIL import Image

from muso.corpus.covers import LEFT_OUT, MANIFEST, collect
from muso.corpus.likeness import ALIKE, picture_hash
from muso.corpus.manifest import read_corpus
from muso.corpus.piles import pile_of
from muso.corpus.tags import genre_table
from muso.corpus.works import find_works
from muso.errors import CorpusError, DamagedFile
from muso.music.cover import Cover

TABLE = genre_table()


def art(seed: int, side: int = 96) -> Image.Image:
    shapes = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), np.uint8)
    return Image.fromarray(shapes).resize((side, side), Image.Resampling.BICUBIC)


def song(path: Path, seed: int | None, **tags: str) -> None:
    """A moment of silence in a FLAC, tagged, with art in it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.zeros(4800), 48_000)
    tagged = mutagen.File(path)
    for name, text in tags.items():
        tagged[name] = text
    if seed is not None:
        picture, out = Picture(), io.BytesIO()
        art(seed).save(out, "PNG")
        picture.type, picture.mime, picture.data = 3, "image/png", out.getvalue()
        tagged.add_picture(picture)
    tagged.save()


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / MANIFEST).open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "Music"
    kreator = {"genre": "Thrash Metal", "artist": "Kreator", "album": "Pleasure to Kill"}
    song(folder / "kreator" / "1.flac", 1, **kreator)
    song(folder / "kreator" / "2.flac", 1, **kreator)
    song(folder / "dolly.flac", 2, genre="Country", artist="Dolly Parton", album="Jolene")
    song(folder / "bare.flac", None, genre="Country", artist="Nobody", album="Bare")
    song(folder / "untagged.flac", 3)
    return folder


def test_a_music_library_gives_the_art_in_its_files_one_an_album(library, tmp_path):
    found = collect(pile_of(library, TABLE), tmp_path / "covers")
    kept = {row["artist"]: row for row in rows(tmp_path / "covers")}
    assert set(kept) == {"Kreator", "Dolly Parton"}
    assert kept["Kreator"]["label"] == "metal" and kept["Kreator"]["tagged"] == "Thrash Metal"
    assert {row["source"] for row in kept.values()} == {"library"}
    assert kept["Dolly Parton"]["path"] == "country/Dolly Parton - Jolene.jpg"
    for row in kept.values():
        picture = Image.open(tmp_path / "covers" / row["path"])
        assert (picture.size, picture.format) == ((640, 640), "JPEG")
    why = sorted(found.left_out.values())
    assert why == ["it has no cover", "the same album as Kreator - Pleasure to Kill.jpg"]


def test_what_was_collected_is_a_corpus_grouped_by_artist(library, tmp_path):
    collect(pile_of(library, TABLE), tmp_path / "covers")
    corpus = read_corpus(tmp_path / "covers" / MANIFEST)
    assert corpus.counts == {"country": 1, "metal": 1}
    assert {piece.work for piece in corpus.pieces} == {"kreator", "dolly parton"}


def test_a_spelling_means_what_the_own_table_says(library, tmp_path):
    own = TABLE | {"thrash metal": "noise"}
    collect(pile_of(library, own), tmp_path / "covers")
    assert {row["label"] for row in rows(tmp_path / "covers")} == {"noise", "country"}


def pictures(folder: Path) -> Path:
    for genre, seeds in {"Hip-Hop": (1, 2), "Country": (3, 4)}.items():
        (folder / genre).mkdir(parents=True)
        for seed in seeds:
            art(seed).save(folder / genre / f"{seed}.png")
    (folder / "Country" / "broken.jpg").write_bytes(b"\xff\xd8\xff nothing more")
    art(1, side=300).save(folder / "Country" / "again.jpg", quality=60)
    return folder


def test_folders_of_pictures_are_collected_each_picture_once(tmp_path):
    found = collect(pile_of(pictures(tmp_path / "art"), TABLE), tmp_path / "covers")
    assert found.corpus.counts == {"country": 3, "hiphop": 1}
    why = {Path(key).name: text for key, text in found.left_out.items()}
    assert "the image is damaged" in why["broken.jpg"]
    assert why["1.png"] == "the same picture as again.jpg"


def test_a_csv_keeps_its_artists_and_genres_can_be_chosen(tmp_path):
    folder = pictures(tmp_path / "art")
    lines = ["file,genre,artist,album,source", "Hip-Hop/1.png,rap,A,One,shop"]
    lines += ["Hip-Hop/2.png,rap,A,Two,", "Country/3.png,country,B,Three,shop"]
    (folder / "mine.csv").write_text("\n".join(lines))
    found = collect(pile_of(folder / "mine.csv", TABLE), tmp_path / "covers", genres=("hiphop",))
    assert [row["album"] for row in rows(tmp_path / "covers")] == ["One", "Two"]
    assert [row["source"] for row in rows(tmp_path / "covers")] == ["shop", "mine"]
    assert {piece.work for piece in found.corpus.pieces} == {"a"}


def test_interrupted_it_goes_on_where_it_was(tmp_path, monkeypatch):
    pile = pile_of(pictures(tmp_path / "art"), TABLE)
    told = []

    def interrupt(progress):
        told.append(progress)
        if len(told) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        collect(pile, tmp_path / "covers", listener=interrupt)
    kept = len(rows(tmp_path / "covers"))
    again = collect(pile, tmp_path / "covers")
    assert kept and len(again.corpus) == 4 == again.added + kept
    assert again.known == 3
    assert (tmp_path / "covers" / LEFT_OUT).exists()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("album,reason\na,b\n", "it has no columns 'key' and 'why'"),
        ("\x00\x01\x02", "it has no columns 'key' and 'why'"),
        ('key,why\n"' + "x" * 200_000 + '",b\n', "it is not a table"),
    ],
)
def test_a_damaged_list_of_what_was_left_out_is_named_with_a_remedy(tmp_path, content, told):
    pile = pile_of(pictures(tmp_path / "art"), TABLE)
    (tmp_path / "covers").mkdir()
    (tmp_path / "covers" / LEFT_OUT).write_text(content)
    with pytest.raises(DamagedFile, match=rf"left-out\.csv: {told}.*delete it"):
        collect(pile, tmp_path / "covers")


def test_a_folder_without_music_or_pictures_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("nothing")
    with pytest.raises(CorpusError):
        pile_of(tmp_path, TABLE)


def test_a_picture_saved_anew_looks_the_same_and_another_does_not():
    out = io.BytesIO()
    art(1, side=500).save(out, "JPEG", quality=50)
    again = Cover(np.asarray(Image.open(out)))
    hashes = [picture_hash(Cover(np.asarray(art(seed)))) for seed in range(8)]
    assert (hashes[1] != picture_hash(again)).sum() <= ALIKE
    apart = [(a != b).sum() for n, a in enumerate(hashes) for b in hashes[:n]]
    assert min(apart) > 2 * ALIKE


def test_the_same_art_in_two_prints_is_one_work_on_one_side(tmp_path):
    corpus = read_corpus(pictures(tmp_path / "art"))
    work = {piece.path.name: piece.work for piece in find_works(corpus).pieces}
    assert work["1.png"] == work["again.jpg"]
    assert len(set(work.values())) == len(work) - 1


def test_spectrogram_pictures_are_not_taken_for_art(tmp_path):
    """They stand in for clips, and one looks much like another."""
    (tmp_path / "a").mkdir()
    for name in "xy":
        grey = np.tile(np.arange(129, dtype=np.uint8)[:, None, None], (1, 496, 3))
        grey[0, ord(name)] = 9
        Image.fromarray(grey).save(tmp_path / "a" / f"{name}.png")
    works = {piece.work for piece in find_works(read_corpus(tmp_path)).pieces}
    assert len(works) == 2
