from __future__ import annotations

import os
import shutil
from pathlib import Path

import platformdirs
import pytest

from muso.bundle.bundle import Bundle
from muso.bundle.store import bundle_folder, find_bundle, home, list_bundles, shipped_folder
from muso.errors import UsageError


def test_home_is_where_muso_home_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MUSO_HOME", str(tmp_path))
    assert home() == tmp_path
    assert bundle_folder("mine.1") == tmp_path / "bundles" / "mine.1"


@pytest.mark.parametrize("value", [None, ""])
def test_home_is_in_the_users_data_otherwise(
    monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    if value is None:
        monkeypatch.delenv("MUSO_HOME")
    else:
        monkeypatch.setenv("MUSO_HOME", value)
    assert home() == Path(platformdirs.user_data_dir("muso", appauthor=False))


@pytest.mark.parametrize(
    "name", ["", ".hidden", "../up", "a/b", "a\\b", "a b", "ä", "a" * 65, "-x"]
)
def test_a_name_that_can_not_be_a_folder_everywhere_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="can't name a bundle"):
        bundle_folder(name)


def test_bundles_are_found_by_name_and_by_folder(bundle: Bundle, tmp_path: Path) -> None:
    assert find_bundle("toy.1").labels == bundle.labels
    elsewhere = shutil.copytree(bundle.folder, tmp_path / "elsewhere")
    assert find_bundle(str(elsewhere)).name == "elsewhere"


def test_asked_again_the_same_bundle_comes_and_a_new_one_once_it_changed(own_home: Path) -> None:
    first = find_bundle("composer.1")
    assert find_bundle("composer.1") is first
    manifest = own_home / "bundles" / "composer.1" / "bundle.toml"
    os.utime(manifest, ns=(0, 0))
    assert find_bundle("composer.1") is not first


def test_the_users_own_bundle_stands_before_a_shipped_one_of_its_name(
    own_home: Path, bundle: Bundle, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shipped = tmp_path / "shipped"
    for name in ("composer.1", "another.1"):
        shutil.copytree(bundle.folder, shipped / name)
    monkeypatch.setattr("muso.bundle.store.shipped_folder", lambda: shipped)
    assert list_bundles() == {
        "another.1": shipped / "another.1",
        "composer.1": own_home / "bundles" / "composer.1",
    }


def test_a_shipped_bundles_name_is_not_given_to_another() -> None:
    with pytest.raises(UsageError, match=r"'composer\.1' is the name of a bundle that came with"):
        bundle_folder("composer.1")


def test_drafts_and_folders_that_are_no_bundles_are_not_listed(own_home: Path) -> None:
    place = own_home / "bundles"
    shutil.copytree(place / "composer.1", place / ".draft")
    (place / "notes").mkdir()
    (place / "file").touch()
    assert [name for name, at in list_bundles().items() if at.parent == place] == ["composer.1"]


def test_a_name_that_is_nearly_right_is_mended(own_home: Path) -> None:
    with pytest.raises(UsageError, match=r"no bundle 'compser\.1'; did you mean 'composer\.1'\?"):
        find_bundle("compser.1")
    with pytest.raises(UsageError, match="`muso bundles` lists them"):
        find_bundle("xyz")


def test_shipped_bundles_lie_in_the_package() -> None:
    assert shipped_folder().parts[-2:] == ("muso", "bundles")
