"""`muso evolve`"""

from __future__ import annotations

import codecs
import io
import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.context import SpawnProcess
from pathlib import Path

import numpy as np
import pytest

from muso.cli import INTERRUPTED, WRONG_USAGE
from muso.cli.evolve.sound import Player
from muso.compose.evolve.session import Session
from muso.music.clip import read_clip
from muso.music.midi import read_score, write_score
from muso.music.score import Score
from muso.service import breeding

WIEGENLIED = "examples/brahms-wiegenlied.mid"
SMALL = ("--bars", 1, "--population", 6, "--bpm", 400, "--seed", 3)
LIKED = "5\n1\n4\n2\n0\n1\n"
"""A whole generation's ratings."""

Evolve = Callable[..., "Sat"]


class Sat:
    """A sitting that ended, and the session as the next one would find it."""

    def __init__(self, code: int, out: str, err: str, folder: Path) -> None:
        self.code, self.out, self.err, self.folder = code, out, err, folder

    @property
    def session(self) -> Session:
        return Session.resume(self.folder)

    @property
    def stars(self) -> list[float]:
        with self.session as session:
            population = session.population
            stars = np.nan_to_num(population.stars[population.current], nan=-1)
            return [float(one) for one in stars]


@pytest.fixture
def evolve(run: Callable[..., object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Evolve:
    """Runs `muso evolve` on lines of keys, where nothing can play and no home is but its own.

    Sound takes long to make and is not what is tested: an empty file stands for it.
    """
    monkeypatch.setattr("muso.service.render", lambda piece, target: Path(target).touch())
    (tmp_path / "nothing").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    monkeypatch.setenv("MUSO_HOME", str(tmp_path / "home"))

    def sat(*arguments: object, keys: str = "") -> Sat:
        monkeypatch.setattr(sys, "stdin", io.StringIO(keys))
        ran = run("evolve", *arguments)
        return Sat(ran.code, ran.out, ran.err, tmp_path / "home" / "sessions" / "s")  # type: ignore[attr-defined]

    return sat


def new(evolve: Evolve, keys: str = "", *more: object) -> Sat:
    return evolve("--session", "s", *SMALL, *more, keys=keys)


def test_ratings_are_on_the_disk_and_the_next_generation_is_bred(evolve: Evolve) -> None:
    sat = new(evolve, LIKED + "3\nq\n")
    assert sat.code == 0
    with sat.session as session:
        population = session.population
        assert population.generation == 1
        assert population.stars[:7].tolist() == [5, 1, 4, 2, 0, 1, 3]
    assert sat.stars == [5, 4, 2, 3, -1, -1]
    names = sorted(file.name for file in (sat.folder / "phrases").iterdir())
    assert names[:4] == [f"g000-p0{n}-r{r}.mid" for n, r in ((1, 5), (2, 1), (3, 4), (4, 2))]
    assert "generation 1, 6 phrases; the ear knows 6 of your verdicts" in sat.out
    assert re.search(r"the ear expected \d\.\d ± \d\.\d stars", sat.out)
    assert "muso evolve --resume s" in sat.out


def test_every_phrase_is_shown_as_a_roll_with_where_its_sound_is(evolve: Evolve) -> None:
    sat = new(evolve, "2\n")
    assert sat.out.count("│") >= 4
    assert "g000-p01, 1 of 6, chance" in sat.out
    assert "there is no player (one of pw-play" in sat.out
    assert sat.out.count(str(sat.folder / "now.wav")) == 2
    assert (sat.folder / "now.wav").exists()


def test_the_end_of_the_keys_leaves_and_resuming_goes_on_there(evolve: Evolve) -> None:
    assert new(evolve, "5\n1\n").code == 0
    again = evolve("--resume", "s", keys="4\n")
    assert "g000-p03, 3 of 6" in again.out
    assert "g000-p02" not in again.out
    assert again.stars == [5, 1, 4, -1, -1, -1]


def test_resuming_without_a_name_takes_the_latest(evolve: Evolve) -> None:
    new(evolve, "5\n")
    evolve("--session", "older", *SMALL, keys="1\n")
    journal = new(evolve).folder.parent / "older" / "session.jsonl"
    os.utime(journal, (1, 1))
    assert evolve("--resume", keys="").out.startswith(f"session {journal.parents[1] / 's'}, seed 3")


def test_back_rates_anew_and_undo_takes_it_back(evolve: Evolve) -> None:
    assert new(evolve, "5\nb\n2\n").stars == [2] + [-1] * 5
    undone = evolve("--resume", "s", keys="u\n")
    assert "undone: the stars of g000-p01" in undone.out
    assert undone.stars == [5] + [-1] * 5


def test_the_same_stars_given_again_are_undone_alone(evolve: Evolve) -> None:
    sat = new(evolve, "5\nb\n5\nu\n")
    assert "undone: what changed nothing" in sat.out
    assert sat.stars == [5] + [-1] * 5


def test_undoing_a_generation_takes_the_last_rating_with_it(evolve: Evolve) -> None:
    sat = new(evolve, LIKED + "u\n")
    assert "undone: generation 1 and the stars of g000-p06" in sat.out
    assert sat.stars == [5, 1, 4, 2, 0, -1]


def test_nothing_to_undo_and_nothing_before_the_first_are_said(evolve: Evolve) -> None:
    sat = new(evolve, "u\nb\n")
    assert "there is nothing to undo" in sat.out
    assert "this is the first one" in sat.out


@pytest.mark.parametrize("key", ["6", "x", "", "55", "-1", "é"])
def test_what_is_no_rating_is_refused_and_asked_again(evolve: Evolve, key: str) -> None:
    sat = new(evolve, f"{key}\n3\n")
    assert "is no rating: press 0 to 5, r, b, s, u or q" in sat.out
    assert sat.stars == [3] + [-1] * 5


def test_a_phrase_kept_is_saved(evolve: Evolve) -> None:
    sat = new(evolve, "5\ns\nq\n")
    with sat.session as session:
        assert session.population.saved == (1,)
    assert "g000-p02 is kept" in sat.out


def test_pairs_are_chosen_from_and_breed(evolve: Evolve) -> None:
    sat = new(evolve, "1\n2\n1\ns\n2\nb\n4\n", "--pairs")
    with sat.session as session:
        population = session.population
        assert population.generation == 1
        assert len(population.choices) == 3
        assert len(population.saved) == 1
        assert np.isnan(population.stars).all()
    assert "u takes the last choice back" in sat.out
    assert "'4' says nothing here: press 1 or 2, r, s, u or q" in sat.out
    undone = evolve("--resume", "s", "--pairs", keys="u\nu\n")
    assert "undone: generation 1 and a choice" in undone.out
    with undone.session as session:
        assert len(session.population.choices) == 2


def test_a_generation_bred_alone_waits_for_ten_verdicts(evolve: Evolve) -> None:
    sat = new(evolve, LIKED + "1\n2\n4\n4\n", "--auto", 2)
    assert "the ear breeds alone once it knows 10 more of your verdicts" in sat.out
    assert "breeding 2 generations by the ear alone" in sat.out
    with sat.session as session:
        before = session.population
        assert len(before.verdicts) == 10
    again = evolve("--resume", "s", "--auto", 3)
    with again.session as session:
        assert session.population.generation == before.generation + 3
    assert re.search(r"it expects most of g\d{3}-p\d{2}: \d\.\d ± \d\.\d stars", again.out)


def test_a_session_starts_from_a_score_in_its_key(evolve: Evolve) -> None:
    sat = evolve("--session", "s", "--from", WIEGENLIED, "--population", 4, "--octave", 3)
    with sat.session as session:
        population = session.population
        assert (population.form.key, population.form.octave) == ("Eb", 3)
        assert population.origins[:2] == ("given", "given")


def test_settings_not_given_are_the_defaults(evolve: Evolve) -> None:
    with evolve("--session", "s", "--no-pauses", "--scale", "Minor_Blues").session as session:
        form, breeding = session.population.form, session.population.breeding
    assert (form.bars, form.notes_a_bar, form.bpm, form.pauses) == (8, 4, 128.0, False)
    assert (breeding.size, breeding.mutations, breeding.probability) == (10, 2, 0.5)


def test_one_seed_gives_one_session(evolve: Evolve, tmp_path: Path) -> None:
    new(evolve, LIKED)
    evolve("--session", tmp_path / "t", *SMALL, keys=LIKED)
    journals = [tmp_path / "home" / "sessions" / "s", tmp_path / "t"]
    one, other = ((folder / "session.jsonl").read_text() for folder in journals)
    assert one == other


def test_the_best_are_exported_the_best_first(evolve: Evolve, tmp_path: Path) -> None:
    sat = new(evolve, LIKED)
    done = evolve("export", "s", "--best", 2, "--to", tmp_path / "best")
    assert done.code == 0
    paths = [Path(line) for line in done.out.splitlines()]
    assert [path.name for path in paths] == ["best-1-g000-p01-r5.mid", "best-2-g000-p03-r4.mid"]
    with sat.session as session:
        first = session.population.score(0)
    assert read_score(paths[0]).pitch.tolist() == first.pitch.tolist()
    evolve("export", sat.folder)
    assert len(list((sat.folder / "best").iterdir())) == 3


def test_the_best_are_exported_as_a_person_might_play_them(evolve: Evolve, tmp_path: Path) -> None:
    new(evolve, LIKED)
    evolve("export", "s", "--best", 1, "--to", tmp_path / "plain")
    done = evolve("export", "s", "--best", 1, "--to", tmp_path / "played", "--humanize", 0.5)
    assert done.code == 0
    plain, played = (read_score(next((tmp_path / n).iterdir())) for n in ("plain", "played"))
    assert len(plain) == len(played)
    assert plain.onset_beats.tolist() != played.onset_beats.tolist()
    assert evolve("export", "s", "--humanize", 3).code == 2


def test_a_session_starts_from_a_piece_composed_in_a_mood(
    evolve: Evolve, composing: object
) -> None:
    sat = evolve("--yes", "--seed", 1, "--mood", "calm", "--session", "s")
    with sat.session as session:
        assert "given" in session.population.origins
    refused = evolve("--yes", "--mood", "calm", "--from", "a.mid", "--session", "d")
    assert refused.code == 2


def test_the_ear_hears_moods_where_a_session_began_so(
    evolve: Evolve, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[Score] = []

    def hear(score: Score) -> dict[str, float]:
        heard.append(score)
        return {"calm": 0.3, "happy": 0.7}

    monkeypatch.setattr("muso.service.ears.mood_ear", lambda bundle: hear)
    new(evolve, LIKED, "--moods")
    once = len(heard)
    assert once
    evolve("--resume", "s", keys=LIKED)
    assert len(heard) > once
    assert evolve("--resume", "s", "--moods").code == WRONG_USAGE


def test_the_ear_hears_a_style_by_how_little_it_is_surprised(evolve: Evolve) -> None:
    sat = new(evolve, LIKED, "--style", "muse.1")
    assert sat.code == 0
    with sat.session as session:
        assert session.population.generation == 1
    hear = breeding._hearing({"style": "muse.1"})
    chorale = read_score("examples/bach-bwv66-6.mid")
    rng = np.random.default_rng(0)
    noise = replace(chorale, pitch=rng.integers(30, 100, len(chorale)).astype(np.uint8))
    said, of_noise = hear(chorale), hear(noise)
    assert said["surprise"] < of_noise["surprise"]
    assert said["surprise_of_pitch"] + 1 < of_noise["surprise_of_pitch"]


def test_a_style_that_does_not_exist_is_told_before_anything_is_written(evolve: Evolve) -> None:
    sat = new(evolve, "", "--style", "nobody")
    assert sat.code == WRONG_USAGE
    assert "nobody" in sat.err
    assert not sat.folder.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="puts a script on the path")
def test_the_documentation_shows_what_happens(
    evolve: Evolve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "64")
    player = tmp_path / "nothing" / "aplay"
    player.write_text("#!/bin/sh\n")
    player.chmod(0o755)
    page = Path("docs/evolve.md").read_text(encoding="utf-8")
    command, _, shown = page.split("```\n$ muso evolve ")[1].split("```")[0].partition("\n")
    arguments = [word.replace("~", str(tmp_path)) for word in command.split()]
    said = evolve(*arguments, keys="2\n4\n").out.replace(str(tmp_path), "~")
    assert said.startswith(shown)


@pytest.mark.parametrize(
    ("arguments", "status", "why"),
    [
        (("--bars", 0), WRONG_USAGE, "bars must be a whole number from 1 to 64"),
        (("--bars", "x"), WRONG_USAGE, "--bars"),
        (("--probability", 2), WRONG_USAGE, "probability must be a number from 0 to 1"),
        (("--population", 3), WRONG_USAGE, "size must be a whole number from 4 to 60"),
        (("--scale", "lidian"), WRONG_USAGE, "did you mean 'lydian'? There are: major, natural"),
        (("--key", "H"), WRONG_USAGE, "the keys are C, C#, Db"),
        (("--seed", -1), WRONG_USAGE, "seed must be"),
        (("--auto", 0), WRONG_USAGE, "--auto must be a whole number from 1 to 100"),
        (("--from", "gone.mid"), 1, "gone.mid: no such file"),
        (("--resume",), WRONG_USAGE, "there is no session to resume: muso evolve starts one"),
        (("--resume", "gone"), 1, "there is no session here"),
        (("--resume", "s", "--bars", 2), WRONG_USAGE, "--bars is settled when a session starts"),
        (("--mend",), WRONG_USAGE, "--mend goes with --resume"),
        (("export", "gone"), 1, "there is no session here"),
    ],
)
def test_what_does_not_fit_gets_a_line_and_a_status(
    evolve: Evolve, arguments: tuple[object, ...], status: int, why: str
) -> None:
    sat = evolve(*arguments)
    assert sat.code == status
    assert why in sat.err
    assert not sat.folder.parent.exists()


def test_a_score_without_pitches_starts_nothing(evolve: Evolve, tmp_path: Path) -> None:
    from muso.music.score import Track

    drums = Score.of([38], [0], [1], tracks=(Track("kit", 0, is_drum=True),))
    write_score(drums, tmp_path / "kit.mid")
    sat = evolve("--from", tmp_path / "kit.mid")
    assert sat.code == WRONG_USAGE
    assert "no pitched notes to breed from" in sat.err


def test_nothing_rated_is_nothing_to_export(evolve: Evolve) -> None:
    new(evolve)
    assert "nothing is rated in this session yet" in evolve("export", "s").err


def test_a_name_that_is_taken_is_not_overwritten(evolve: Evolve) -> None:
    new(evolve, "5\n")
    again = new(evolve, "1\n")
    assert again.code == WRONG_USAGE
    assert "holds a session already" in again.err
    assert again.stars == [5] + [-1] * 5


def test_a_damaged_session_is_called_so_and_mended_when_asked(evolve: Evolve) -> None:
    sat = new(evolve, "5\n1\n4\n")
    journal = sat.folder / "session.jsonl"
    lines = journal.read_text().splitlines(keepends=True)
    lines[3] = lines[3].replace("1", "2", 1)
    journal.write_text("".join(lines))
    assert json.loads(lines[3])
    refused = evolve("--resume", "s")
    assert refused.code == 1
    assert "line 4 is damaged" in refused.err
    assert evolve("--resume", "s", "--mend").stars == [5, -1, 4, -1, -1, -1]


def test_ctrl_c_while_the_player_is_begun_is_heeded_when_it_stands(monkeypatch) -> None:
    begin = SpawnProcess.start
    begun = []

    def interrupted(process: SpawnProcess) -> None:
        signal.raise_signal(signal.SIGINT)
        begin(process)
        begun.append(process)

    monkeypatch.setattr(SpawnProcess, "start", interrupted)
    heeded = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        Player()
    assert signal.getsignal(signal.SIGINT) is heeded
    (process,) = begun
    assert process.is_alive()
    process.terminate()
    process.join()


@pytest.mark.skipif(sys.platform == "win32", reason="drives a terminal of POSIX")
class TestInATerminal:
    """The same with keys pressed, in a pseudo-terminal."""

    @pytest.fixture
    def terminal(self, tmp_path: Path) -> Terminal:
        return Terminal(tmp_path)

    def test_single_keys_rate_while_the_phrase_plays(self, terminal: Terminal) -> None:
        terminal.start("--yes", "--session", "s", *SMALL)
        terminal.wait_for("q leave: ")
        terminal.wait_for_file("heard")
        terminal.press("4")
        terminal.wait_for("g000-p02, 2 of 6")
        terminal.press("\x1b[A")
        terminal.wait_for("this key is no rating")
        terminal.press("q")
        assert terminal.ended() == 0
        assert terminal.stars == [4] + [-1] * 5

    def test_an_interrupt_loses_nothing_and_sets_the_terminal_back(
        self, terminal: Terminal
    ) -> None:
        before = terminal.settings
        terminal.start("--yes", "--session", "s", *SMALL)
        terminal.wait_for("q leave: ")
        terminal.press("53")
        terminal.wait_for("g000-p03, 3 of 6")
        terminal.press("\x03")
        terminal.wait_for("muso evolve --resume s")
        assert terminal.ended() == INTERRUPTED
        assert terminal.settings == before
        assert terminal.stars == [5, 3] + [-1] * 4
        assert "Traceback" not in terminal.seen

    def test_a_terminal_that_is_gone_loses_nothing(self, terminal: Terminal) -> None:
        terminal.start("--yes", "--session", "s", *SMALL)
        terminal.wait_for("q leave: ")
        terminal.press("2")
        terminal.wait_for("g000-p02, 2 of 6")
        terminal.hang_up()
        assert terminal.stars == [2] + [-1] * 5

    def test_what_is_not_given_is_asked_for_until_it_fits(self, terminal: Terminal) -> None:
        terminal.start("--session", "s", *SMALL, "--notes", 2, "--steps", 1, "--pauses",
                       "--octave", 4, "--mutations", 1, "--probability", 0.5,
                       "--no-metronome", "--instrument", 0)  # fmt: skip
        for question, answer in (
            ("Db … B [C]: ", "H"),
            ("no note is called 'H'", ""),
            ("[C]: ", "Eb"),
            ("blues [major]: ", "dorian"),
        ):
            terminal.wait_for(question)
            if answer:
                terminal.press(answer + "\n")
        terminal.wait_for("q leave: ")
        terminal.press("q")
        assert terminal.ended() == 0
        with Session.resume(terminal.folder) as session:
            form = session.population.form
        assert (form.key, form.scale, form.notes_a_bar) == ("Eb", "dorian", 2)

    def test_a_player_that_fails_is_named_and_the_sound_kept(self, terminal: Terminal) -> None:
        terminal.install("raise SystemExit(1)")
        terminal.start("--yes", "--session", "s", *SMALL)
        terminal.wait_for("aplay can't play here; the sound is in ")
        terminal.press("q")
        assert terminal.ended() == 0
        assert read_clip(terminal.folder / "now.wav").length_s > 0.6


class Terminal:
    """muso at one end of a pseudo-terminal; this is the other. `aplay` plays for a minute."""

    def __init__(self, folder: Path) -> None:
        import pty
        import termios

        self._top = folder
        self.folder = folder / "home" / "sessions" / "s"
        self._end, self._theirs = pty.openpty()
        self._settings = lambda: termios.tcgetattr(self._theirs)
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self.seen = self._unread = ""
        (folder / "bin").mkdir()
        self.install("import time", f"open({str(folder / 'heard')!r}, 'w')", "time.sleep(60)")

    def install(self, *lines: str) -> None:
        script = self._top / "bin" / "aplay"
        script.write_text("\n".join([f"#!{sys.executable}", *lines]) + "\n")
        script.chmod(0o755)

    def start(self, *arguments: object) -> None:
        environment = {
            **os.environ,
            "PATH": str(self._top / "bin"),
            "MUSO_HOME": str(self._top / "home"),
            "TMPDIR": str(self._top),
        }
        self._muso = subprocess.Popen(
            [sys.executable, "-c", "from muso.cli import main; main()", "evolve"]
            + [str(argument) for argument in arguments],
            stdin=self._theirs,
            stdout=self._theirs,
            stderr=self._theirs,
            env=environment,
            preexec_fn=lambda: _take_terminal(self._theirs),
        )

    @property
    def settings(self) -> object:
        return self._settings()

    @property
    def stars(self) -> list[float]:
        return Sat(0, "", "", self.folder).stars

    def press(self, keys: str) -> None:
        os.write(self._end, keys.encode())

    def wait_for(self, text: str, timeout_s: float = 60.0) -> None:
        """Read on until `text` is seen after what was waited for before."""
        until = time.monotonic() + timeout_s
        while text not in self._unread:
            left = until - time.monotonic()
            assert left > 0, f"{text!r} never came, but {self._unread!r}"
            if select.select([self._end], [], [], left)[0]:
                more = self._decoder.decode(os.read(self._end, 4096))
                self.seen += more
                self._unread += more
        self._unread = self._unread.partition(text)[2]

    def wait_for_file(self, name: str, timeout_s: float = 60.0) -> None:
        until = time.monotonic() + timeout_s
        while not (self._top / name).exists():
            assert time.monotonic() < until, f"{name} never came"
            time.sleep(0.05)

    def hang_up(self) -> None:
        os.close(self._theirs)
        os.close(self._end)
        self._muso.wait(60)

    def ended(self) -> int:
        return self._muso.wait(60)


def _take_terminal(descriptor: int) -> None:
    """Make it the controlling terminal, so that Ctrl-C and hanging up reach the process."""
    import fcntl
    import termios

    os.setsid()
    fcntl.ioctl(descriptor, termios.TIOCSCTTY, 0)
