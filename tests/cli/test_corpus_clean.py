import zipfile
from pathlib import Path

import pytest

from muso import service


def fill(folder: Path, *names: str) -> Path:
    """Files that each hold their own name."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(Path(name).name.lower().encode())
    return folder


def tree(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


@pytest.fixture
def source(tmp_path):
    return fill(
        tmp_path / "source",
        "set/Bach/a.MID", "set/bach/b.mid", "set/Bach/Bach/c.mid",
        "set/Rachmaninov/d.mid", "set/Rachmaninov/e.mid", "set/Rachmaninoff/f.mid",
        "set/Liszt sonata.mid", "set/readme.txt", "set/12.mid",
    )  # fmt: skip


def test_a_plan_is_shown_and_carried_out(run, source, tmp_path):
    ran = run("corpus", "clean", source, "--to", tmp_path / "to")
    assert ran.code == 0
    assert tree(tmp_path / "to") == [
        "Bach/a.mid", "Bach/b.mid", "Bach/c.mid", "Liszt/Liszt sonata.mid",
        "Rachmaninoff/f.mid", "Rachmaninov/d.mid", "Rachmaninov/e.mid",
    ]  # fmt: skip
    assert "7 files, 4 labels" in ran.out
    assert "3 Bach" in ran.out
    assert "7 'set' lifted" in ran.out
    assert "1 loose, first word 'Liszt'" in ran.out
    assert "7 files copied, 0 there already" in ran.out
    assert "1 file left out, not music (set/readme.txt)" in ran.err
    assert "its name has no first word (set/12.mid)" in ran.err
    assert "the folders 'Bach', 'bach' differ in case alone and become 'Bach'" in ran.err
    assert "is 'Rachmaninoff' the same as 'Rachmaninov'?" in ran.err


def test_a_dry_run_lists_every_file_and_writes_none(run, source, tmp_path):
    before = tree(source)
    ran = run("corpus", "clean", source, "--to", tmp_path / "to", "--dry-run")
    assert ran.code == 0
    assert "set/Bach/a.MID → Bach/a.mid  ('set' lifted; .MID in lower case)" in ran.out
    assert "set/readme.txt left out: not music" in ran.out
    assert ran.out.rstrip().endswith("nothing was copied.")
    assert not (tmp_path / "to").exists()
    assert tree(source) == before


def test_running_twice_changes_nothing_and_says_so(run, source, tmp_path):
    arguments = ("corpus", "clean", source, "--to", tmp_path / "to", "--propose", tmp_path / "n")
    assert "7 files copied, 0 there already" in run(*arguments).out
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "to").rglob("*.mid")}
    again = run(*arguments)
    assert (again.code, "0 files copied, 7 there already" in again.out) == (0, True)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "to").rglob("*.mid")} == times


def test_an_interrupted_cleaning_is_finished_by_the_same_command(
    run, source, tmp_path, monkeypatch
):
    apply = service.clean

    def interrupted(plan, listener):
        def stop(progress):
            if progress.done == 3:
                raise KeyboardInterrupt

        return apply(plan, stop)

    with monkeypatch.context() as patch:
        patch.setattr(service, "clean", interrupted)
        ran = run("corpus", "clean", source, "--to", tmp_path / "to")
    assert ran.code == 130
    assert len(tree(tmp_path / "to")) == 3
    assert (
        "4 files copied, 3 there already"
        in run("corpus", "clean", source, "--to", tmp_path / "to").out
    )


def test_proposals_are_written_edited_and_used(run, source, tmp_path):
    table = tmp_path / "names.csv"
    run("corpus", "clean", source, "--to", tmp_path / "to", "--dry-run", "--propose", table)
    assert table.read_text() == "found,name\nRachmaninoff,Rachmaninov\n"
    ran = run("corpus", "clean", source, "--to", tmp_path / "to", "--corrections", table)
    assert "3 Rachmaninov" in ran.out
    assert "the same as" not in ran.err


def test_proposals_that_follow_each_other_lead_to_one_name(run, tmp_path):
    names = ("Rachmaninov", "Rachmaninoff", "Rachmaninof")
    source = fill(tmp_path / "source", *(f"{name}/{at}.mid" for at, name in enumerate(names)))
    table, to = tmp_path / "names.csv", tmp_path / "to"
    ran = run("corpus", "clean", source, "--to", to, "--dry-run", "--propose", table)
    assert "2 proposed corrections written" in ran.out
    run("corpus", "clean", source, "--to", to, "--corrections", table)
    assert {path.partition("/")[0] for path in tree(to)} == {"Rachmaninov"}


def test_who_may_be_somebody_else_is_asked_about_and_not_proposed(run, tmp_path):
    names = ("Bach", "C.P.E. Bach", "J. S. Bach", "Johann Sebastian Bach")
    source = fill(tmp_path / "source", *(f"{name}/{at}.mid" for at, name in enumerate(names)))
    table, to = tmp_path / "names.csv", tmp_path / "to"
    ran = run("corpus", "clean", source, "--to", to, "--dry-run", "--propose", table)
    assert table.read_text() == "found,name\nJohann Sebastian Bach,J. S. Bach\n"
    assert "1 proposed correction written" in ran.out
    assert "is 'C.P.E. Bach' the same as 'Bach'? If so, add it to the corrections" in ran.out
    run("corpus", "clean", source, "--to", to, "--corrections", table)
    assert tree(to) == [
        "Bach/0.mid", "C.P.E. Bach/1.mid", "J. S. Bach/2.mid", "J. S. Bach/3.mid"
    ]  # fmt: skip


def test_two_people_of_one_initial_are_not_proposed_as_one(run, tmp_path):
    names = ("Johann Strauss", "Josef Strauss", "J. Strauss", "J. S. Bach", "Johann S. Bach")
    source = fill(tmp_path / "source", *(f"{name}/{at}.mid" for at, name in enumerate(names)))
    table = tmp_path / "names.csv"
    ran = run("corpus", "clean", source, "--to", tmp_path / "to", "--dry-run", "--propose", table)
    assert table.read_text() == "found,name\nJohann S. Bach,J. S. Bach\n"
    assert "is 'Josef Strauss' the same as 'J. Strauss'?" in ran.out


def test_corrections_can_not_lead_outside_of_the_new_folder(run, source, tmp_path):
    table = tmp_path / "names.csv"
    table.write_text("found,name\nBach,../../zz\n")
    ran = run("corpus", "clean", source, "--to", tmp_path / "to", "--corrections", table)
    assert (ran.code, ran.out) == (1, "")
    (line,) = ran.err.splitlines()
    assert line.startswith(f"muso: {table}, line 2: '../../zz' can't name a folder; write a name")
    assert not (tmp_path / "to").exists()


def test_one_of_each_is_counted_as_one(run, tmp_path):
    source = fill(tmp_path / "source", "Bach/a.mid")
    ran = run("corpus", "clean", source, "--to", tmp_path / "to")
    assert "1 file, 1 label\n" in ran.out
    assert "1 file copied, 0 there already." in ran.out


def test_corrections_of_a_person_are_not_written_over(run, source, tmp_path):
    table = tmp_path / "names.csv"
    table.write_text("found,name\nBach,Bach J. S.\n")
    ran = run("corpus", "clean", source, "--to", tmp_path / "to", "--propose", table)
    assert ran.code == 1
    assert "may hold your corrections; name another" in ran.err
    assert table.read_text() == "found,name\nBach,Bach J. S.\n"
    assert not (tmp_path / "to").exists()


def test_files_of_an_earlier_run_under_other_names_are_pointed_out(run, source, tmp_path):
    run("corpus", "clean", source, "--to", tmp_path / "to")
    table = tmp_path / "names.csv"
    table.write_text("found,name\nRachmaninoff,Rachmaninov\n")
    ran = run("corpus", "clean", source, "--to", tmp_path / "to", "--corrections", table)
    assert ran.code == 0
    assert "1 file in " in ran.err
    assert "not of this plan (Rachmaninoff/f.mid)" in ran.err


def test_missing_composers_are_named_and_nothing_is_done(run, source, tmp_path):
    ran = run("corpus", "clean", source, "--to", tmp_path / "to", "--wanted", "Bach, Listz, Satie")
    assert ran.code == 1
    assert ran.err.startswith("muso: no pieces of Listz (did you mean Liszt?), Satie;")
    assert not (tmp_path / "to").exists()
    assert (
        run("corpus", "clean", source, "--to", tmp_path / "to", "--wanted", "bach,LISZT").code == 0
    )


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("../out.mid", b"MThd", "would land outside the folder; don't trust it"),
        ("Bach/a.mid", bytes(64 * 2**20), "as a bomb does; don't trust it"),
    ],
)
def test_a_hostile_archive_is_one_clear_line(run, tmp_path, name, content, said):
    archive = tmp_path / "evil.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(name, content)
    ran = run("corpus", "clean", archive, "--to", tmp_path / "to")
    assert (ran.code, ran.out) == (1, "")
    (line,) = ran.err.splitlines()
    assert line.startswith(f"muso: {archive}: ")
    assert line.endswith(said)
    assert not (tmp_path / "out.mid").exists()


def test_a_hostile_archive_among_good_files_is_left_out(run, source, tmp_path):
    with zipfile.ZipFile(source / "set" / "evil.zip", "w") as packed:
        packed.writestr("../../out.mid", b"MThd")
    ran = run("corpus", "clean", source, "--to", tmp_path / "to")
    assert ran.code == 0
    assert "would land outside the folder" in ran.err
    assert len(tree(tmp_path / "to")) == 7


def test_a_thousand_copies_are_one_line(run, tmp_path):
    source = fill(tmp_path / "source", "Liszt/z.mid", *(f"Bach/{n}.mid" for n in range(50)))
    with zipfile.ZipFile(source / "more.zip", "w") as packed:
        packed.writestr("Ravel/new.mid", b"new")
        for number in range(50):
            packed.writestr(f"Bach/{number}.mid", f"{number}.mid")
    ran = run("corpus", "clean", source, "--to", tmp_path / "to")
    assert "50 files left out, copies of files that are kept" in ran.err
    assert len(ran.err.splitlines()) == 1
