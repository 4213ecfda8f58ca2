import io
import os
import stat
import zipfile
from pathlib import Path

import pytest

from muso.corpus.archives import Limits, list_members, open_archive
from muso.corpus.cleaning import MissingComposers, apply_plan, plan_clean
from muso.corpus.corpus import scan_folder
from muso.corpus.names import read_corrections, same_words, similar_names, write_corrections
from muso.errors import CorpusError, DamagedFile, FileError, MissingFile, TooLong, WrongFormat


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def fill(folder: Path, *names: str) -> Path:
    """Files that each hold their own name."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.fsencode(Path(name).name.lower()))
    return folder


def packed(*names: str, **contents: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in names:
            archive.writestr(name, Path(name).name.lower())
        for name, content in contents.items():
            archive.writestr(name.replace("__", "."), content)
    return stream.getvalue()


def cleaned(source: Path, to: Path, **options: object) -> list[str]:
    plan = plan_clean(source, to, **options)  # type: ignore[arg-type]
    apply_plan(plan)
    assert sorted(tree(to)) == sorted(step.target for step in plan.steps)
    return sorted(tree(to))


def test_a_collection_as_it_is_found_becomes_one_folder_a_composer(tmp_path):
    source = fill(
        tmp_path / "source",
        "midiclassics/Bach/Chorales/one.MID",
        "midiclassics/bach/two.mid",
        "midiclassics/Händel/three.mid",
        "midiclassics/Handel/four.mid",
        "midiclassics/Handel/Handel/five.mid",
        "midiclassics/Bach Air.mid",
        "midiclassics/Arndt nola.Mid",
        "midiclassics/readme.txt",
    )
    (source / "midiclassics" / "Liszt.zip").write_bytes(packed("six.mid", "notes.doc"))
    assert cleaned(source, tmp_path / "to") == [
        "Arndt/Arndt nola.mid",
        "Bach/Bach Air.mid",
        "Bach/Chorales/one.mid",
        "Bach/two.mid",
        "Handel/five.mid",
        "Handel/four.mid",
        "Handel/three.mid",
        "Liszt/six.mid",
    ]
    assert scan_folder(tmp_path / "to").counts == {"Arndt": 1, "Bach": 3, "Handel": 3, "Liszt": 1}


def test_wrappers_in_wrappers_are_lifted_up_to_where_several_folders_show(tmp_path):
    chain = fill(tmp_path / "a", "data/midis/Bach/Chorales/1.mid", "data/midis/Chopin/2.mid")
    assert cleaned(chain, tmp_path / "to") == ["Bach/Chorales/1.mid", "Chopin/2.mid"]
    single = fill(tmp_path / "b", "Bach/Chorales/1.mid", "Bach/Chorales/2.mid")
    assert plan_clean(single, tmp_path / "to").labels == {"Bach": 2}


def test_a_stray_file_beside_a_wrapper_does_not_keep_it_but_its_own_name_does(tmp_path):
    source = fill(tmp_path / "s", "midis/Bach/1.mid", "midis/Chopin/2.mid", "Satie 3.mid")
    assert plan_clean(source, tmp_path / "to").labels == {"Bach": 1, "Chopin": 1, "Satie": 1}
    source = fill(tmp_path / "t", "Bach/Chorales/1.mid", "Bach/Fugues/2.mid", "bach air.mid")
    assert plan_clean(source, tmp_path / "to").labels == {"Bach": 3}


def test_a_folder_that_the_corrections_name_is_a_label_and_no_wrapper(tmp_path):
    source = fill(tmp_path / "s", "Bach/Chorales/1.mid", "Bach/Fugues/2.mid")
    assert plan_clean(source, tmp_path / "to").labels == {"Chorales": 1, "Fugues": 1}
    named = plan_clean(source, tmp_path / "to", corrections={"bach": "Bach"})
    assert named.labels == {"Bach": 2}


def test_a_leftover_archive_with_its_own_wrapper_adds_no_label(tmp_path):
    source = fill(tmp_path / "s", "Bach/a.mid", "Chopin/b.mid")
    (source / "midiclassics.zip").write_bytes(
        packed(
            "midiclassics/Bach/a.mid",
            **{"midiclassics/Chopin/renamed__mid": b"b.mid", "midiclassics/Liszt/new__mid": b"new"},
        )
    )
    before = tree(source)
    assert cleaned(source, tmp_path / "to") == ["Bach/a.mid", "Chopin/b.mid", "Liszt/new.mid"]
    assert apply_plan(plan_clean(source, tmp_path / "to")) == 0
    assert tree(source) == before
    left_out = dict(plan_clean(source, tmp_path / "to").left_out)
    assert left_out == {
        "midiclassics.zip!midiclassics/Bach/a.mid": "the same file as Bach/a.mid",
        "midiclassics.zip!midiclassics/Chopin/renamed.mid": "the same file as Chopin/b.mid",
    }


def test_equal_files_of_two_labels_or_of_one_place_are_all_kept(tmp_path):
    source = fill(tmp_path / "s", "Bach/a.mid")
    (source / "more.zip").write_bytes(
        packed("Liszt/a.mid", **{"Ravel/b__mid": b"same", "Ravel/c__mid": b"same"})
    )
    assert cleaned(source, tmp_path / "to") == [
        "Bach/a.mid", "Liszt/a.mid", "Ravel/b.mid", "Ravel/c.mid"
    ]  # fmt: skip


def test_archives_that_are_numbered_parts_lose_their_wrappers(tmp_path):
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "1.zip").write_bytes(packed("set1/Bach/a.mid", "set1/Chopin/b.mid"))
    (tmp_path / "s" / "2.zip").write_bytes(packed("set2/Liszt/c.mid"))
    assert cleaned(tmp_path / "s", tmp_path / "to") == [
        "Bach/a.mid", "Chopin/b.mid", "Liszt/c.mid"
    ]  # fmt: skip


@pytest.mark.parametrize("labels", [("Bach", "Chopin"), ("1980s", "1990s"), ("happy", "sad")])
def test_archives_of_one_label_each_keep_it_whatever_folders_they_hold(tmp_path, labels):
    (tmp_path / "s").mkdir()
    for label in labels:
        content = packed(f"{label}/Preludes/{label}1.mid", f"{label}/Fugues/{label}2.mid")
        (tmp_path / "s" / f"{label}.zip").write_bytes(content)
    assert plan_clean(tmp_path / "s", tmp_path / "to").labels == dict.fromkeys(labels, 2)


@pytest.mark.parametrize("name", ["---", "!!!", "♫ ♫"])
def test_a_folder_named_with_nothing_but_signs_is_a_label_like_any_other(tmp_path, name):
    source = fill(tmp_path / "s", f"{name}/x.mid", f"{name}/{name}/y.mid", "?/z.mid", "Bach/a.mid")
    # A loose file without a first word has no label, whatever others are called.
    fill(source, "12.mid")
    plan = plan_clean(source, tmp_path / "to")
    assert plan.labels == {name: 2, "?": 1, "Bach": 1}
    assert [origin for origin, _ in plan.left_out] == ["12.mid"]
    table = tmp_path / "names.csv"
    write_corrections({name: "Unknown", "?": ""}, table)
    corrected = plan_clean(source, tmp_path / "to", corrections=read_corrections(table))
    assert corrected.labels == {"Bach": 1, "Unknown": 2, "z": 1}


def test_every_step_says_why_and_everything_left_out_too(tmp_path):
    source = fill(tmp_path / "s", "w/Bach/a.MID", "w/bach/b.mid", "w/Liszt c.mid", "w/x.txt")
    fill(source, "w/Bach/d.mid", "w/123.mid")
    (source / "w" / "old.rar").write_bytes(b"Rar!")
    text = "\n".join(plan_clean(source, tmp_path / "to").lines())
    assert "w/Bach/a.MID → Bach/a.mid  ('w' lifted; .MID in lower case)" in text
    assert "w/bach/b.mid → Bach/b.mid  ('w' lifted; 'bach' is 'Bach')" in text
    assert "w/Liszt c.mid → Liszt/Liszt c.mid  ('w' lifted; loose, first word 'Liszt')" in text
    assert "w/x.txt left out: not music" in text
    assert "w/old.rar left out: an archive of a kind" in text
    assert "w/123.mid left out: loose, and its name has no first word" in text
    assert "the folders 'Bach', 'bach' differ in case alone and become 'Bach'" in text


def test_planning_writes_nothing_and_the_source_never_changes(tmp_path):
    source = fill(tmp_path / "source", "Bach/a.MID", "Liszt/b.mid", "x.txt")
    (source / "more.zip").write_bytes(packed("Ravel/c.mid"))
    before = tree(source)
    plan = plan_clean(source, tmp_path / "to")
    assert not (tmp_path / "to").exists()
    apply_plan(plan)
    assert tree(source) == before


def test_running_twice_changes_nothing(tmp_path):
    source = fill(tmp_path / "source", "Bach/a.mid", "Liszt/b.mid")
    plan = plan_clean(source, tmp_path / "to")
    assert apply_plan(plan) == 2
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "to").rglob("*.mid")}
    assert apply_plan(plan_clean(source, tmp_path / "to")) == 0
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "to").rglob("*.mid")} == times


def test_an_interrupted_run_is_finished_by_the_next(tmp_path):
    source = fill(tmp_path / "source", "Bach/a.mid", "Bach/b.mid", "Liszt/c.mid")
    plan = plan_clean(source, tmp_path / "to")

    def stop(done: int, of: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        apply_plan(plan, stop)
    assert len(tree(tmp_path / "to")) == 2
    assert apply_plan(plan) == 1
    assert len(tree(tmp_path / "to")) == 3


def test_what_stands_in_the_way_is_not_overwritten(tmp_path):
    source = fill(tmp_path / "source", "Bach/a.mid", "Liszt/b.mid")
    fill(tmp_path / "to", "Bach/a.mid")
    (tmp_path / "to" / "Bach" / "a.mid").write_text("mine")
    with pytest.raises(CorpusError, match="is there already and holds something else"):
        apply_plan(plan_clean(source, tmp_path / "to"))
    assert (tmp_path / "to" / "Bach" / "a.mid").read_text() == "mine"


def test_the_new_folder_must_lie_elsewhere(tmp_path):
    source = fill(tmp_path / "source", "Bach/a.mid", "Liszt/b.mid")
    for to in (source, source / "clean"):
        with pytest.raises(CorpusError, match="choose a folder outside"):
            plan_clean(source, to)


def test_corrections_rename_folders_and_loose_files_and_lift_what_is_no_name(tmp_path):
    source = fill(
        tmp_path / "s",
        "part one/Haendel/a.mid", "part two/Bethoven/b.mid", "Beethoven/c.mid",
        "Beethovn - Elise.mid", "Prelude 3.mid",
    )  # fmt: skip
    table = tmp_path / "names.csv"
    table.write_text(
        "\ufefffound,name,why\nHaendel,Handel,\nBETHOVEN,Beethoven,\nbeethovn,Beethoven,\n"
        "part one,,\npart two,,\nPrelude,,a kind of piece\n",
        encoding="utf-8",
    )
    assert cleaned(source, tmp_path / "to", corrections=read_corrections(table)) == [
        "Beethoven/Beethovn - Elise.mid", "Beethoven/b.mid", "Beethoven/c.mid", "Handel/a.mid"
    ]  # fmt: skip


def test_similar_names_are_proposed_and_joined_only_when_a_person_says_so(tmp_path):
    source = fill(
        tmp_path / "s", "Rachmaninov/a.mid", "Rachmaninov/b.mid", "Rachmaninoff/c.mid", "Bach/d.mid"
    )
    plan = plan_clean(source, tmp_path / "to")
    assert plan.proposals == (("Rachmaninoff", "Rachmaninov"),)
    assert len(plan.labels) == 3
    write_corrections(dict(plan.proposals), tmp_path / "names.csv")
    again = plan_clean(
        source, tmp_path / "to", corrections=read_corrections(tmp_path / "names.csv")
    )
    assert again.labels == {"Bach": 1, "Rachmaninov": 3}
    assert again.proposals == ()


def test_short_and_long_forms_of_a_name_are_proposed_but_not_other_initials():
    names = [
        "Bach", "Bach, J. S.", "Johann Sebastian Bach", "Bach, C. P. E.", "Beethoven",
        "Ludwig van Beethoven", "Mozart", "W. A. Mozart", "Leopold Mozart",
    ]  # fmt: skip
    assert similar_names(names) == [
        ("Bach, C. P. E.", "Bach"),
        ("Bach, J. S.", "Bach"),
        ("Johann Sebastian Bach", "Bach"),
        ("Johann Sebastian Bach", "Bach, J. S."),
        ("Leopold Mozart", "Mozart"),
        ("Ludwig van Beethoven", "Beethoven"),
        ("W. A. Mozart", "Mozart"),
    ]


def test_names_are_the_same_words_only_where_none_is_left_over():
    for one, other in (
        ("Johann Sebastian Bach", "Bach, J. S."), ("Rachmaninoff", "Rachmaninov"),
        ("Franz Listz", "Liszt, Franz"),
    ):  # fmt: skip
        assert same_words(one, other) and same_words(other, one)
    for one, other in (
        ("C.P.E. Bach", "Bach"), ("J. S. Bach", "Bach"), ("Bach, J.", "Bach, J. C."),
        ("Leopold Mozart", "Mozart"), ("C. Schumann", "R. Schumann"),
        ("Johann Strauss I", "Johann Strauss II"),
    ):  # fmt: skip
        assert not same_words(one, other) and not same_words(other, one)


def test_wanted_composers_that_are_not_there_are_named(tmp_path):
    source = fill(tmp_path / "s", "Bach/a.mid", "Liszt/b.mid")
    assert plan_clean(source, tmp_path / "to", wanted=["bach", "LISZT"]).labels
    with pytest.raises(
        MissingComposers, match=r"no pieces of Listz \(did you mean Liszt\?\), Satie"
    ) as error:
        plan_clean(source, tmp_path / "to", wanted=["Bach", "Listz", "Satie"])
    assert error.value.names == ("Listz", "Satie")


def test_two_files_of_one_name_are_both_kept_and_one_file_twice_once(tmp_path):
    source = fill(tmp_path / "s", "Bach/a.mid", "bach/A.MID", "Bach/b.mid", "bach/b.MID")
    (source / "bach" / "A.MID").write_text("another")
    assert cleaned(source, tmp_path / "to") == ["Bach/A.mid", "Bach/a-2.mid", "Bach/b.mid"]
    assert (tmp_path / "to" / "Bach" / "A.mid").read_text() == "another"


def test_leftover_archives_give_way_to_what_was_unpacked_from_them(tmp_path):
    source = fill(tmp_path / "s", "Bach/a.mid", "Bach/b.mid", "Liszt/c.mid")
    (source / "Bach.zip").write_bytes(packed("Bach/a.mid", "Bach/b.mid"))
    (source / "Liszt.zip").write_bytes(packed("Liszt/c.mid", "Liszt/d.mid"))
    plan = plan_clean(source, tmp_path / "to")
    assert [step.found.origin for step in plan.steps] == [
        "Bach/a.mid", "Bach/b.mid", "Liszt/c.mid", "Liszt.zip!Liszt/d.mid"
    ]  # fmt: skip
    assert ("Bach.zip", "left over: its 2 files are there") in plan.left_out
    assert ("Liszt.zip!Liszt/c.mid", "the same file as Liszt/c.mid") in plan.left_out


def test_archives_in_archives_are_unpacked_and_litter_is_not(tmp_path):
    inner = packed("x.mid", "__MACOSX/._x.mid")
    source = tmp_path / "all.zip"
    with zipfile.ZipFile(source, "w") as archive:
        archive.writestr("set/Bach/preludes.zip", inner)
        archive.writestr("set/Liszt.zip", packed("Liszt/y.mid"))
        archive.writestr("set/.DS_Store", b"")
        archive.writestr("set/Satie/z.mid", b"z")
    assert cleaned(source, tmp_path / "to") == ["Bach/preludes/x.mid", "Liszt/y.mid", "Satie/z.mid"]
    assert (tmp_path / "to" / "Bach/preludes/x.mid").read_text() == "x.mid"


def test_archives_nested_too_deep_are_left_out(tmp_path):
    content = packed("Bach/deep.mid")
    for _ in range(4):
        content = packed(inner__zip=content)
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "all.zip").write_bytes(content)
    fill(tmp_path / "s", "Bach/a.mid")
    plan = plan_clean(tmp_path / "s", tmp_path / "to")
    assert [step.target for step in plan.steps] == ["Bach/a.mid"]
    assert any("within archives" in reason for _, reason in plan.left_out)


@pytest.mark.parametrize(
    "name", ["../out.mid", "Bach/../../out.mid", "/etc/out.mid", "C:\\out.mid", "..\\out.mid"]
)
def test_a_member_that_would_land_outside_is_refused(tmp_path, name):
    evil = tmp_path / "evil.zip"
    evil.write_bytes(packed("Bach/a.mid", name))
    with pytest.raises(WrongFormat, match="would land outside the folder"):
        plan_clean(evil, tmp_path / "to")
    # In a folder with other files, the archive is left out and the rest is done.
    source = fill(tmp_path / "s", "Bach/a.mid")
    evil.rename(source / "evil.zip")
    plan = plan_clean(source, tmp_path / "to")
    assert [step.target for step in plan.steps] == ["Bach/a.mid"]
    assert "would land outside" in dict(plan.left_out)["evil.zip"]


def test_a_link_in_an_archive_is_refused(tmp_path):
    info = zipfile.ZipInfo("Bach/a.mid")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as archive:
        archive.writestr(info, "/etc/passwd")
    with pytest.raises(WrongFormat, match="is a link"):
        plan_clean(tmp_path / "link.zip", tmp_path / "to")


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path):
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Bach/a.mid", bytes(64 * 2**20))
    with pytest.raises(TooLong, match="as a bomb does"):
        plan_clean(bomb, tmp_path / "to")
    with pytest.raises(TooLong, match="would unpack to 64 MiB"), open_archive(bomb) as archive:
        list_members(archive, bomb, Limits(total_bytes=2**20))
    with pytest.raises(TooLong, match="1 files; the limit is 0"), open_archive(bomb) as archive:
        list_members(archive, bomb, Limits(members=0))


def test_a_bomb_of_many_small_files_is_refused_and_a_small_archive_is_none(tmp_path):
    for count, name in ((100, "bomb.zip"), (10, "small.zip")):
        with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED) as archive:
            for number in range(count):
                archive.writestr(f"Bach/{number}.mid", bytes(2**20))
    with pytest.raises(TooLong, match=r"all of it would unpack to [\d,]+ times its size"):
        plan_clean(tmp_path / "bomb.zip", tmp_path / "to")
    assert plan_clean(tmp_path / "small.zip", tmp_path / "to").labels == {"Bach": 10}


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_of_one_name_in_an_archive_are_both_copied(tmp_path):
    twice = tmp_path / "twice.zip"
    with zipfile.ZipFile(twice, "w") as archive:
        for content in ("first", "second", "first"):
            archive.writestr("Bach/a.mid", content)
    assert cleaned(twice, tmp_path / "to") == ["Bach/a-2.mid", "Bach/a.mid"]
    assert tree(tmp_path / "to") == {"Bach/a.mid": b"first", "Bach/a-2.mid": b"second"}


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_archives_of_one_name_in_an_archive_are_both_opened(tmp_path):
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("Bach/in.zip", packed("a.mid"))
        archive.writestr("Bach/in.zip", packed("b.mid"))
    assert cleaned(tmp_path / "all.zip", tmp_path / "to") == ["Bach/in/a.mid", "Bach/in/b.mid"]


def test_limits_count_all_archives_together(tmp_path, monkeypatch):
    monkeypatch.setattr("muso.corpus.sources.LIMITS", Limits(members=3))
    source = fill(tmp_path / "s", "Bach/a.mid")
    for number in range(3):
        names = [f"Liszt/{number}{letter}.mid" for letter in "ab"]
        (source / f"{number}.zip").write_bytes(packed(*names))
    plan = plan_clean(source, tmp_path / "to")
    assert plan.labels == {"Bach": 1, "Liszt": 2}
    assert "together hold 4 files" in dict(plan.left_out)["1.zip"]


def test_damaged_and_locked_archives_are_told(tmp_path):
    broken = tmp_path / "broken.zip"
    broken.write_bytes(packed("Bach/a.mid")[:-30])
    with pytest.raises(DamagedFile, match="no whole zip archive"):
        plan_clean(broken, tmp_path / "to")
    content = bytearray(packed("Bach/a.mid"))
    content[content.index(b"a.mida.mid") + 5] ^= 1
    broken.write_bytes(content)
    with pytest.raises(DamagedFile, match="is broken"):
        apply_plan(plan_clean(broken, tmp_path / "to"))
    locked = bytearray(packed("Bach/a.mid"))
    locked[6] |= 1
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    broken.write_bytes(locked)
    with pytest.raises(DamagedFile) as error:
        apply_plan(plan_clean(broken, tmp_path / "to2"))
    assert str(error.value) == (
        f"{broken}: its file 'Bach/a.mid' can't be unpacked (it asks for a password); unpack it by "
        "hand"
    )


def test_a_name_too_long_for_a_disk_is_left_out_and_the_rest_is_done(tmp_path):
    long = "ä" * 126 + ".mid"
    (tmp_path / "all.zip").write_bytes(packed("Bach/a.mid", f"Bach/{long}", "Liszt/b.mid"))
    assert cleaned(tmp_path / "all.zip", tmp_path / "to") == ["Bach/a.mid", "Liszt/b.mid"]
    ((origin, reason),) = plan_clean(tmp_path / "all.zip", tmp_path / "to").left_out
    assert origin.endswith(long)
    assert "over 255 bytes" in reason


def test_a_link_that_leads_nowhere_is_left_out_and_named(tmp_path):
    source = fill(tmp_path / "s", "Bach/a.mid", "Liszt/b.mid")
    (source / "Bach" / "dead.mid").symlink_to(tmp_path / "gone.mid")
    plan = plan_clean(source, tmp_path / "to")
    assert plan.left_out == (("Bach/dead.mid", "a link that leads nowhere"),)


def test_a_file_where_the_new_folder_would_be_is_called_so(tmp_path):
    plan = plan_clean(fill(tmp_path / "s", "Bach/a.mid", "Liszt/b.mid"), tmp_path / "taken")
    (tmp_path / "taken").write_text("x")
    with pytest.raises(FileError, match=r"taken: a file is where this folder would be; name an"):
        apply_plan(plan)


def test_nothing_to_clean_is_called_so(tmp_path):
    with pytest.raises(MissingFile):
        plan_clean(tmp_path / "gone", tmp_path / "to")
    with pytest.raises(CorpusError, match="no scores, clips or covers in it"):
        plan_clean(fill(tmp_path / "s", "a.txt"), tmp_path / "to")
    with pytest.raises(FileError, match="no whole zip"):
        plan_clean(tmp_path / "s" / "a.txt", tmp_path / "to")


@pytest.mark.skipif(os.name == "nt", reason="Windows names are Unicode")
def test_names_that_are_not_utf8_are_copied(tmp_path):
    name = os.fsdecode(b"caf\xe9.mid")
    source = fill(tmp_path / "s", f"Satie/{name}", "Bach/a.mid")
    assert f"Satie/{name}" in cleaned(source, tmp_path / "to")


def test_a_table_of_names_with_two_names_for_one_is_refused(tmp_path):
    table = tmp_path / "names.csv"
    table.write_text("found,name\nHaendel,Handel\nHÄNDEL,Händel\nhandel,Handel\n")
    with pytest.raises(CorpusError, match="'HÄNDEL' has two names") as error:
        table.write_text("found,name\nHändel,Handel\nHÄNDEL,Händel\n")
        read_corrections(table)
    assert "keep one" in str(error.value)
    table.write_text("from,to\n")
    with pytest.raises(CorpusError, match="needs the columns found,name"):
        read_corrections(table)


@pytest.mark.parametrize(
    "name",
    ["../../zz", "..", "A/B", "/tmp/x", "A\\B", "C:", "C:x", ".hidden", "a\tb", "ä" * 128],
)
def test_a_name_that_no_folder_can_have_is_refused_with_its_line(tmp_path, name):
    table = tmp_path / "names.csv"
    write_corrections({"Haendel": "Handel", "Bach": name}, table)
    with pytest.raises(CorpusError, match="can't name a folder; write a name without /") as error:
        read_corrections(table, of_folders=True)
    assert str(error.value).startswith(f"{table}, line 3: ")
    # Names of genres are no folders.
    assert read_corrections(table)["bach"] == name.strip()


def test_rows_that_do_not_say_what_is_found_say_nothing(tmp_path):
    table = tmp_path / "names.csv"
    table.write_text("found,name\n,Bach\n  ,Liszt\nHaendel,Handel\n")
    assert read_corrections(table) == {"haendel": "Handel"}
