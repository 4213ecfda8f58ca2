"""Covers through the service: what spoke for a genre, and collecting them."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from muso import service
from muso.errors import CorpusError, FileError, UsageError, WrongFormat
from muso.music.clip import Clip, write_clip


def art(path: Path, seed: int = 0) -> Path:
    shapes = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(shapes).resize((200, 200), Image.Resampling.BICUBIC).save(path)
    return path


def test_a_cover_is_explained_by_the_bundle_that_names_it(tmp_path):
    path = art(tmp_path / "front.png")
    found = service.explain_cover(path)
    said = service.identify(path).predictions["cover_genre"]
    assert found.prediction.ranking == said.ranking
    assert found.heat.shape == (8, 8) and np.isfinite(found.heat).all()
    assert np.abs(found.heat).max() > 0.001
    assert Image.open(io.BytesIO(found.picture)).size == (512, 512)


def test_covers_among_other_files_are_named_as_each_alone_in_their_order(tmp_path):
    shutil.copy("examples/bach-bwv66-6.mid", tmp_path / "b.mid")
    for number, name in enumerate(("a.png", "c.png", "e.jpg")):
        art(tmp_path / name, number)
    (tmp_path / "d.png").write_text("no picture")
    found = list(service.identify_all([tmp_path]))
    assert [one.path.name for one in found] == ["a.png", "b.mid", "c.png", "d.png", "e.jpg"]
    assert [one.media for one in found] == ["cover", "score", "cover", "", "cover"]
    assert isinstance(found[3].error, WrongFormat) and "composer" in found[1].predictions
    for one in (found[0], found[2], found[4]):
        alone = service.identify(one.path).predictions["cover_genre"]
        together = one.predictions["cover_genre"]
        assert together.label == alone.label and set(one.predictions) == {"cover_genre"}
        assert dict(together.ranking) == pytest.approx(dict(alone.ranking), abs=1e-5)


def test_where_nothing_is_seen_nothing_is_explained(tmp_path):
    path = tmp_path / "plain.png"
    Image.new("RGB", (300, 300), "red").save(path)
    with pytest.raises(FileError, match=r"plain.png: empty: nothing but one colour"):
        service.explain_cover(path)


def test_of_a_recording_without_a_picture_nothing_is_explained(tmp_path):
    path = tmp_path / "song.wav"
    write_clip(Clip(np.ones((1, 22_050), np.float32), 22_050), path)
    with pytest.raises(FileError, match=r"song.wav: there is no picture in its tags"):
        service.explain_cover(path)


def test_only_models_of_covers_explain_covers(tmp_path):
    path = art(tmp_path / "front.png")
    with pytest.raises(UsageError, match="is about scores, not covers"):
        service.explain_cover(path, "composer.1")
    (tmp_path / "text.png").write_text("no picture")
    with pytest.raises(WrongFormat):
        service.explain_cover(tmp_path / "text.png")


def test_covers_are_collected_from_folders_in_the_words_of_the_table(tmp_path):
    art(tmp_path / "art" / "Death Metal" / "a.png", 1)
    art(tmp_path / "art" / "Country" / "b.png", 2)
    found = service.collect_covers(tmp_path / "art", tmp_path / "covers")
    assert found.corpus.counts == {"country": 1, "metal": 1}
    only = service.collect_covers(tmp_path / "art", tmp_path / "metal", genres=["Thrash Metal"])
    assert only.corpus.counts == {"metal": 1}


def test_a_catalogue_is_asked_for_genres_and_nothing_is_not_a_place(tmp_path, monkeypatch):
    with pytest.raises(UsageError, match="genre by genre; name some with --genre"):
        service.collect_covers("spotify", tmp_path / "covers")
    monkeypatch.delenv("MUSO_CONTACT", raising=False)
    with pytest.raises(UsageError, match="MUSO_CONTACT"):
        service.collect_covers("musicbrainz", tmp_path / "covers", genres=["metal"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(CorpusError):
        service.collect_covers(tmp_path / "empty", tmp_path / "covers")
