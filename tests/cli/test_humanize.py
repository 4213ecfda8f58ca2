"""`muso humanize`"""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from muso.cli import WRONG_USAGE, main
from muso.music.midi import read_score

BACH = "examples/bach-bwv66-6.mid"


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["humanize", *arguments])
    return int(ended.value.code or 0)


def test_it_says_how_much_it_did(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "played.mid"
    assert run(BACH, "-o", str(target), "--dynamics", "0", "--seed", "2") == 0
    first, _, *rows = capsys.readouterr().out.rstrip().split("\n")
    assert first == f"{target}: 163 notes"
    figures = {row.split()[0]: row.split()[1:] for row in rows}
    assert list(figures) == ["timing", "velocity", "tempo", "pitch"]
    assert 2 < float(figures["timing"][0]) < float(figures["timing"][2]) < 200
    assert figures["velocity"] == ["0.0", "0"]
    assert float(figures["tempo"][0].rstrip("%")) > 0
    assert len(read_score(target)) == 163


def test_nothing_is_moved_by_amount_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(BACH, "-o", str(tmp_path / "still.mid"), "--amount", "0") == 0
    rows = [line.split() for line in capsys.readouterr().out.split("\n")[2:]]
    assert ["timing", "0.0", "ms", "0.0", "ms"] in rows
    still, written = read_score(tmp_path / "still.mid"), read_score(BACH)
    assert still.onset_beats.tolist() == written.onset_beats.tolist()
    assert still.velocity.tolist() == written.velocity.tolist()


@pytest.mark.parametrize(
    ("arguments", "status", "why"),
    [
        ((BACH, "-o", "{}/a.mid", "--amount", "1.5"), WRONG_USAGE, "amount is 1.5"),
        ((BACH, "-o", "{}/a.mid", "--pitch", "nan"), WRONG_USAGE, "pitch is nan"),
        ((BACH, "-o", "{}/a.mid", "--seed", "-1"), WRONG_USAGE, "seed is -1"),
        ((BACH, "-o", "{}/a.wav"), WRONG_USAGE, ".mid or .midi"),
        ((BACH, "-o", BACH), WRONG_USAGE, "the score itself"),
        ((BACH,), WRONG_USAGE, "--output"),
        (("gone.mid", "-o", "{}/a.mid"), 1, "gone.mid: no such file"),
        ((BACH, "-o", "{}/nowhere/a.mid"), 1, "nowhere"),
    ],
)
def test_what_can_not_be_done_gets_a_line_and_a_status(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    status: int,
    why: str,
) -> None:
    before = Path(BACH).read_bytes()
    assert run(*(argument.format(tmp_path) for argument in arguments)) == status
    said = capsys.readouterr()
    assert why in said.err and said.out == ""
    assert list(tmp_path.iterdir()) == []
    assert Path(BACH).read_bytes() == before


def test_a_full_disk_gets_a_line_and_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    assert run(BACH, "-o", str(tmp_path / "a.mid")) == 1
    assert "a.mid: the system says: No space left" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
