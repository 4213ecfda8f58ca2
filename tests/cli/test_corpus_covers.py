"""`muso corpus covers`"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image


def art(path: Path, seed: int) -> None:
    shapes = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(shapes).resize((99, 99), Image.Resampling.BICUBIC).save(path)


def test_it_says_what_is_new_and_what_was_left_out(run, tmp_path):
    for seed, name in enumerate(("Rap/a.png", "Rap/b.png", "Metal/c.png")):
        art(tmp_path / "art" / name, seed)
    (tmp_path / "art" / "Rap" / "text.jpg").write_text("no picture")
    to = tmp_path / "covers"
    ran = run("corpus", "covers", tmp_path / "art", "--to", to)
    assert ran.code == 0
    assert "3 covers by 3 artists, 3 new, 1 left out" in ran.out
    assert "2 hiphop" in ran.out and "1 metal" in ran.out
    assert "text.jpg: this is not an image" in ran.err
    again = run("corpus", "covers", tmp_path / "art", "--to", to)
    assert "0 new, 0 left out, 4 looked at before" in again.out


def test_a_genre_may_be_spelled_by_the_users_own_table(run, tmp_path):
    art(tmp_path / "art" / "Yodel" / "a.png", 1)
    (tmp_path / "names.csv").write_text("found,name\nyodel,folk\n")
    to = tmp_path / "covers"
    run("corpus", "covers", tmp_path / "art", "--to", to, "--names", tmp_path / "names.csv")
    assert (to / "folk").is_dir()


def test_a_catalogue_that_wants_to_know_who_asks_says_so_at_once(run, tmp_path, monkeypatch):
    monkeypatch.delenv("SPOTIFY_CLIENT_ID", raising=False)
    ran = run("corpus", "covers", "spotify", "--genre", "metal", "--to", tmp_path / "covers")
    assert ran.code == 2 and "SPOTIFY_CLIENT_ID" in ran.err
    assert not (tmp_path / "covers").exists()


def test_a_run_goes_on_from_a_bundle_that_is_there(run):
    ran = run("train", "cover-cnn", "--corpus", "examples", "--from", "nobody.1")
    assert ran.code == 2 and "there is no bundle 'nobody.1'" in ran.err
