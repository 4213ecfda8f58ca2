import sys
from pathlib import Path

import numpy as np
import pytest

from muso.errors import UsageError
from muso.music.clip import Clip, read_clip, write_clip
from muso.music.midi import write_score
from muso.music.score import Score
from muso.music.sound import player
from muso.music.sound.player import Played, play

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="puts scripts on the path")

SCORE = Score.of([60, 62, 64, 65], [0, 2, 4, 6], [2, 2, 2, 2])


@pytest.fixture
def heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all there is of PATH; a player in it copies what it plays to `heard.wav`."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path / "heard.wav"


def install(folder: Path, name: str, body: str) -> None:
    script = folder / name
    script.write_text(f"#!{sys.executable}\nimport sys, shutil\n{body}\n")
    script.chmod(0o755)


def copying(heard: Path) -> str:
    return f"shutil.copy(sys.argv[-1], {str(heard)!r})"


def test_a_score_is_played_by_the_first_player_there_is(heard: Path) -> None:
    install(heard.parent, "aplay", copying(heard))
    assert play(SCORE) == Played("aplay", None)
    assert read_clip(heard).length_s > SCORE.length_s
    assert list(heard.parent.glob("muso-*")) == []


def test_a_part_is_as_long_as_asked_and_its_ring(heard: Path) -> None:
    install(heard.parent, "aplay", copying(heard))
    play(SCORE, seconds=1.0, start_s=2.0)
    assert 1.0 < read_clip(heard).length_s < 3.5


def test_without_a_player_the_file_is_kept_and_named(heard: Path) -> None:
    result = play(SCORE, seconds=1.0)
    assert result.player is None
    assert result.path is not None
    assert read_clip(result.path).length_s > 1.0


def test_a_player_that_fails_makes_room_for_the_next(heard: Path) -> None:
    install(heard.parent, "paplay", "sys.exit(1)")
    install(heard.parent, "ffplay", copying(heard))
    assert play(SCORE, seconds=0.5) == Played("ffplay", None, ("paplay",))


def test_files_of_scores_and_clips_are_played(heard: Path) -> None:
    install(heard.parent, "aplay", copying(heard))
    write_score(SCORE, heard.parent / "song.mid")
    assert play(heard.parent / "song.mid", seconds=0.5).player == "aplay"
    tone = np.linspace(-0.5, 0.5, 16_000, dtype=np.float32)[None]
    write_clip(Clip(tone, 8_000), heard.parent / "tone.flac")
    play(heard.parent / "tone.flac", seconds=0.5, start_s=1.0)
    copied = read_clip(heard)
    assert copied.samples.shape == (2, 4_000)
    np.testing.assert_allclose(copied.samples[0], tone[0, 8_000:12_000], atol=1e-4)


def test_starting_past_the_end_is_called_so(heard: Path) -> None:
    with pytest.raises(UsageError, match="ends at"):
        play(SCORE, start_s=60.0)
    with pytest.raises(UsageError, match="ends at"):
        play(Clip(np.zeros((1, 800), np.float32), 8_000), start_s=60.0)
    with pytest.raises(UsageError, match="above 0"):
        play(SCORE, seconds=0.0)
    assert list(heard.parent.glob("muso-*")) == []


def test_an_interrupted_player_leaves_nothing_behind(
    heard: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> bool:
        raise KeyboardInterrupt

    install(heard.parent, "aplay", "")
    monkeypatch.setattr(player, "_plays", interrupt)
    with pytest.raises(KeyboardInterrupt):
        play(SCORE, seconds=0.5)
    assert list(heard.parent.glob("muso-*")) == []
