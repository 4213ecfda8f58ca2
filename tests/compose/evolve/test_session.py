from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest

from muso.compose.evolve.genome import Form, decode, from_score, plain
from muso.compose.evolve.journal import decode_record, encode_record
from muso.compose.evolve.population import Breeding, Population
from muso.compose.evolve.session import Session
from muso.errors import (
    DamagedFile,
    EmptyFile,
    FileError,
    MissingFile,
    UsageError,
    WrongFormat,
)
from muso.music.midi import read_score

FORM = Form(bars=2)
SMALL = Breeding(size=5, kept=2, brood=20)


def created(folder: Path) -> Session:
    return Session.create(folder, FORM, SMALL, seed=3)


def told(population: Population) -> tuple[object, ...]:
    """All that must survive."""
    return (
        population.form,
        population.breeding,
        population.generation,
        population.current.tolist(),
        population.genomes.tolist(),
        population.parents.tolist(),
        population.origins,
        population.born.tolist(),
        np.nan_to_num(population.stars, nan=-1).tolist(),
        population.choices.tolist(),
        population.saved,
        np.nan_to_num(population.expected, nan=-1).tolist(),
        np.nan_to_num(population.unsure, nan=-1).tolist(),
    )


def busy(session: Session) -> None:
    """A bit of everything."""
    for number, stars in enumerate([3, 0, 5, 1, 4]):
        session.rate(number, stars)
    session.choose(4, 0)
    session.step()
    session.rate(2, 2)
    session.save(2)
    session.rate(3, 1)
    session.undo()


def names(session: Session) -> set[str]:
    return {file.name for file in (session.folder / "phrases").iterdir()}


def test_a_resumed_session_is_where_it_was(tmp_path: Path) -> None:
    with created(tmp_path / "s") as session:
        busy(session)
        before = told(session.population)
    with Session.resume(tmp_path / "s") as again:
        assert told(again.population) == before


def test_it_goes_on_after_resuming_as_it_would_have_without(tmp_path: Path) -> None:
    with created(tmp_path / "one") as one, created(tmp_path / "other") as other:
        busy(one)
        busy(other)
        ahead = told(one.step())
    with Session.resume(tmp_path / "other") as resumed:
        assert told(resumed.step()) == ahead


def test_every_generation_is_saved_as_midi_by_generation_number_and_rating(
    tmp_path: Path,
) -> None:
    with created(tmp_path) as session:
        busy(session)
        stars = session.population.stars[session.population.current[:2]].astype(int)
        assert names(session) == {
            *("g000-p01-r3.mid", "g000-p02-r0.mid", "g000-p03-r5.mid", "g000-p04-r1.mid"),
            *("g000-p05-r4.mid", f"g001-p01-r{stars[0]}.mid", f"g001-p02-r{stars[1]}.mid"),
            *("g001-p03-r2.mid", "g001-p04.mid", "g001-p05.mid"),
        }
        heard = read_score(tmp_path / "phrases" / "g001-p03-r2.mid")
        assert heard.pitch.tolist() == session.population.score(2).pitch.tolist()


def test_undoing_goes_back_step_by_step_to_the_start(tmp_path: Path) -> None:
    with created(tmp_path) as session:
        start = told(session.population)
        busy(session)
        undone = 0
        while session.undo():
            undone += 1
        assert undone == 5 + 1 + 1 + 2
        assert told(session.population) == start
        assert names(session) == {f"g000-p0{number}.mid" for number in range(1, 6)}
    with Session.resume(tmp_path) as again:
        assert told(again.population) == start
        assert not again.undo()


def test_generations_bred_alone_are_all_recorded(tmp_path: Path) -> None:
    with created(tmp_path) as session:
        with pytest.raises(UsageError, match="needs 10"):
            session.auto(2)
        for stars in (1, 4):
            for number in range(5):
                session.rate(number, (stars * number) % 6)
            session.step()
        for number in range(2, 5):
            session.rate(number, number)
        session.auto(3)
        ahead = told(session.population)
        assert session.population.generation == 5
        assert len(names(session)) == 6 * 5
    with Session.resume(tmp_path) as again:
        assert told(again.population) == ahead


def test_a_session_begun_with_a_song_holds_its_phrases(tmp_path: Path) -> None:
    phrases = from_score(read_score("examples/bach-bwv269.mid"), Form(key="G"))
    with Session.create(tmp_path, Form(key="G"), SMALL, 1, given=phrases) as session:
        assert session.population.origins[0] == "given"
        assert plain(session.population.phrases, FORM)[0].tolist() == phrases[0].tolist()


def test_the_best_are_exported(tmp_path: Path) -> None:
    with created(tmp_path / "s") as session:
        with pytest.raises(UsageError, match="nothing is rated"):
            session.export(tmp_path / "out", 3)
        busy(session)
        paths = session.export(tmp_path / "out", 3)
        assert [path.name for path in paths[:2]] == [
            "best-1-g000-p03-r5.mid",
            "best-2-g000-p05-r4.mid",
        ]
        best = decode(session.population.genomes[2], FORM)
        assert read_score(paths[0]).pitch.tolist() == best.pitch.tolist()
        with pytest.raises(UsageError, match="count must be"):
            session.export(tmp_path / "out", 0)


@pytest.mark.parametrize("number, stars", [(0, 6), (0, -1), (0, "five"), (5, 3), (-1, 3), (0, 2.5)])
def test_a_rating_that_is_none_changes_nothing(tmp_path: Path, number: int, stars: int) -> None:
    with created(tmp_path) as session:
        before = (tmp_path / "session.jsonl").read_bytes()
        with pytest.raises(UsageError, match="must be a whole number"):
            session.rate(number, stars)
        assert (tmp_path / "session.jsonl").read_bytes() == before
        assert np.isnan(session.population.stars).all()


def test_a_second_session_in_a_folder_is_refused(tmp_path: Path) -> None:
    created(tmp_path).close()
    with pytest.raises(UsageError, match="holds a session already"):
        created(tmp_path)


def test_a_session_open_in_two_places_is_noticed(tmp_path: Path) -> None:
    with created(tmp_path) as one, Session.resume(tmp_path) as other:
        other.rate(0, 4)
        with pytest.raises(FileError, match="another program changed this session"):
            one.rate(1, 2)
        assert np.isnan(one.population.stars[1])
    with Session.resume(tmp_path) as again:
        assert again.population.stars[0] == 4


def test_a_line_cut_anywhere_costs_only_itself(tmp_path: Path) -> None:
    with created(tmp_path) as session:
        session.rate(0, 4)
        before = told(session.population)
        session.rate(1, 2)
    path = tmp_path / "session.jsonl"
    content = path.read_bytes()
    last = content.rindex(b"\n", 0, -1) + 1
    for cut in range(last, len(content)):
        path.write_bytes(content[:cut])
        with Session.resume(tmp_path) as again:
            assert told(again.population) == before
            again.rate(1, 3)
        assert len(path.read_bytes().splitlines()) == 4


def damage(path: Path, line: int) -> list[bytes]:
    lines = path.read_bytes().splitlines(keepends=True)
    middle = len(lines[line - 1]) // 2
    lines[line - 1] = lines[line - 1][:middle] + b"\x00" + lines[line - 1][middle + 1 :]
    path.write_bytes(b"".join(lines))
    return lines


def test_a_damaged_line_is_named_and_what_can_be_read_is_kept(tmp_path: Path) -> None:
    with created(tmp_path) as session:
        busy(session)
    path = tmp_path / "session.jsonl"
    damage(path, 4)
    broken = path.read_bytes()
    with pytest.raises(DamagedFile, match=r"line 4 is damaged.*mend"):
        Session.resume(tmp_path)
    assert path.read_bytes() == broken
    with Session.mend(tmp_path) as mended:
        stars = mended.population.stars
        assert np.isnan(stars[1]) and stars[[0, 2, 3, 4]].tolist() == [3, 5, 1, 4]
        assert mended.population.generation == 1
        assert len(mended.population.choices) == 1
        state = told(mended.population)
    assert (tmp_path / "session.damaged").read_bytes() == broken
    with Session.resume(tmp_path) as again:
        assert told(again.population) == state


def test_after_a_lost_generation_what_came_before_is_kept(tmp_path: Path) -> None:
    with created(tmp_path) as session:
        busy(session)
        session.step()
    lines = (tmp_path / "session.jsonl").read_bytes().splitlines()
    at = [json.loads(line)["what"] for line in lines].index("generation", 2) + 1
    damage(tmp_path / "session.jsonl", at)
    with Session.mend(tmp_path) as mended:
        assert mended.population.generation == 0
        assert (mended.population.stars >= 0).all()


@pytest.mark.parametrize("line", [1, 2])
def test_without_its_beginning_a_session_can_not_be_mended(tmp_path: Path, line: int) -> None:
    created(tmp_path).close()
    damage(tmp_path / "session.jsonl", line)
    before = (tmp_path / "session.jsonl").read_bytes()
    with pytest.raises(FileError):
        Session.mend(tmp_path)
    assert (tmp_path / "session.jsonl").read_bytes() == before


@pytest.mark.parametrize(
    "record",
    [
        {"what": "stars", "number": 0, "stars": 9},
        {"what": "stars", "number": 99, "stars": 1},
        {"what": "stars"},
        {"what": "choice", "preferred": 1, "other": 1},
        {"what": "undo"},
        {"what": "dance"},
        {"what": "generation", "generation": 7, "current": [], "phrases": []},
        {"what": "generation", "generation": 1, "current": [0, 1, 2, 3, 9], "phrases": []},
        {"what": "generation", "generation": 1, "current": "x", "phrases": [3]},
        {},
    ],
)
def test_a_record_that_does_not_fit_is_called_damage(
    tmp_path: Path, record: dict[str, object]
) -> None:
    created(tmp_path).close()
    with (tmp_path / "session.jsonl").open("ab") as file:
        file.write(encode_record(record))
    with pytest.raises(DamagedFile, match="line 3 is damaged"):
        Session.resume(tmp_path)
    with Session.mend(tmp_path) as mended:
        assert mended.population.generation == 0


@pytest.mark.parametrize(
    "content, error",
    [
        (b"", EmptyFile),
        (b"no session\n", DamagedFile),
        (b"\xff\x00" * 50 + b"\n", DamagedFile),
        (encode_record({"what": "undo"}), WrongFormat),
        (encode_record({"what": "session", "version": 99}), WrongFormat),
        (encode_record({"what": "session", "version": 1, "seed": 0}), DamagedFile),
        (encode_record({"what": "session", "version": 1, "form": {"bars": 0}}), DamagedFile),
    ],
)
def test_what_is_no_session_is_refused(
    tmp_path: Path, content: bytes, error: type[FileError]
) -> None:
    (tmp_path / "session.jsonl").write_bytes(content)
    with pytest.raises(error):
        Session.resume(tmp_path)


def test_where_there_is_no_session_none_is_resumed(tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match="no session here"):
        Session.resume(tmp_path / "nowhere")


def test_a_full_disk_leaves_the_session_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with created(tmp_path) as session:
        session.rate(0, 1)
        before = (tmp_path / "session.jsonl").read_bytes()

        def full(handle: int) -> None:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", full)
            with pytest.raises(FileError, match="No space left"):
                session.rate(1, 2)
        assert (tmp_path / "session.jsonl").read_bytes() == before
        session.rate(1, 3)
    with Session.resume(tmp_path) as again:
        assert again.population.stars[:2].tolist() == [1, 3]


@pytest.mark.parametrize("line", [b"", b"{}", b"[1]", b"3", b'{"crc": 0}', b"[" * 100_000])
def test_lines_that_are_no_records_are_told_apart(line: bytes) -> None:
    assert decode_record(line) is None


RATER = textwrap.dedent(
    """
    import os, sys
    from muso.compose.evolve.session import Session
    session = Session.resume(sys.argv[1])
    deadly = int(sys.argv[2])
    written = 0
    synced = os.fsync

    def deadly_fsync(handle):
        global written
        written += 1
        if written == deadly:
            os.kill(os.getpid(), 9)
        synced(handle)

    os.fsync = deadly_fsync
    print("ready", flush=True)
    turn = 0
    while True:
        for number in range(5):
            stars = (turn + number) % 6
            session.rate(number, stars)
            print(session.population.generation, number, stars, flush=True)
        turn += 1
        session.step()
    """
)


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is for POSIX")
@pytest.mark.parametrize("deadly", [0, 0, 0, 4, 9])
def test_killed_at_any_moment_every_acknowledged_rating_is_there(
    tmp_path: Path, deadly: int
) -> None:
    created(tmp_path).close()
    rater = subprocess.Popen(
        [sys.executable, "-c", RATER, str(tmp_path), str(deadly)], stdout=subprocess.PIPE
    )
    assert rater.stdout is not None
    assert rater.stdout.readline() == b"ready\n"
    if deadly == 0:
        time.sleep(random.uniform(0.05, 0.6))
        rater.kill()
    output, _ = rater.communicate(timeout=60)
    acknowledged = [tuple(int(word) for word in line.split()) for line in output.split(b"\n")[:-1]]
    with Session.resume(tmp_path) as session:
        population = session.population
        given = {row_at(session, *at): stars for *at, stars in acknowledged}
        # One more may have reached the disk without being acknowledged.
        allowed = {row: {stars} for row, stars in given.items()}
        turn, number = divmod(len(acknowledged), 5)
        if turn <= population.generation:
            allowed.setdefault(row_at(session, turn, number), set()).add((turn + number) % 6)
        for row in given:
            assert population.stars[row] in allowed[row]
        if deadly:
            assert len(acknowledged) >= deadly - 2
        session.rate(0, 5)
        assert session.population.stars[session.population.current[0]] == 5


def row_at(session: Session, *at: int) -> int:
    """The row that a generation had at a number, from the session's own file."""
    generation, number = at
    current = [
        record["current"]
        for line in (session.folder / "session.jsonl").read_bytes().splitlines()
        if (record := json.loads(line))["what"] == "generation"
    ]
    return int(current[generation][number])
