"""The earlier system's network and the measure that it shares with muso's own."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from muso.errors import RecipeError
from muso.learn.language import LanguageNet, Shape
from muso.learn.loop import OPTIMIZERS
from muso.learn.nets.next_word import NextWord
from muso.learn.style_earlier import EARLIER, UNSEEN, Earlier, Lesson, read_earlier
from muso.learn.style_measure import (
    WINDOW,
    Asked,
    Background,
    ask_model,
    opening,
    pitch_classes,
    pitch_loss,
    saving,
)
from muso.learn.style_tokens import read_tokens
from muso.music.midi import read_score
from muso.music.score import Score
from muso.represent.notes import Notes

SMALL = ["network.units=24", "network.layers=1", "network.dense=16", "network.drop=0.0"]


def scale(first: int, notes: int = 120) -> Score:
    """A scale up and down, round and round."""
    turn = [0, 2, 4, 5, 7, 9, 11, 12, 11, 9, 7, 5, 4, 2]
    return Score.of([first + turn[n % 14] for n in range(notes)], np.arange(notes) / 2, 0.5)


@pytest.mark.parametrize("name", EARLIER)
def test_the_shipped_recipes_are_the_earlier_system(name: str) -> None:
    recipe = read_earlier(name)
    (member,) = recipe.member
    assert (recipe.name, member.fit.batch, member.fit.epochs) == (name, 64, 100)
    assert OPTIMIZERS[member.fit.optimizer] is torch.optim.RMSprop
    settings = {k: v for k, v in member.network.items() if k != "name"}
    assert (settings["units"], settings["layers"], settings["drop"]) == (512, 3, 0.3)
    net = NextWord(5, **{**settings, "units": 8, "dense": 4})
    assert net(torch.zeros(2, WINDOW)).shape == (2, 5)


def test_settings_of_the_comparison_can_be_set() -> None:
    recipe = read_earlier("style-lstm", ["fit.batch=128", "network.drop=0.7", "fit.epochs=1000"])
    assert recipe.member[0].fit.batch == 128
    assert recipe.member[0].network["drop"] == 0.7
    with pytest.raises(RecipeError, match="unknown key 'bach'"):
        read_earlier("style-lstm", ["fit.bach=1"])


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    recipe = read_earlier("style-lstm", [*SMALL, "fit.rate=1e-2", "fit.epochs=8", "fit.batch=16"])
    return Lesson.of(recipe, [scale(first) for first in range(48, 60, 2)], 5.0)


def test_what_it_learns_it_foresees_in_other_pieces(lesson: Lesson, tmp_path: Path) -> None:
    # By chance among the seven notes of a scale it would pay ln 7 = 1.95.
    earlier = lesson.learn([scale(50)], tmp_path)
    assert pitch_loss([earlier.ask(scale(52))]).value < 1.0
    back, tokens = lesson.kept_back
    assert pitch_loss(earlier.ask_windows(back[:40], tokens[:40])).value < 1.0


class Next(nn.Module):
    """Says for certain that each word is followed by the next one of the vocabulary."""

    def __init__(self, words: int) -> None:
        super().__init__()
        self.after = nn.Parameter(10.0 * torch.eye(words).roll(1, 1))

    def forward(self, windows: torch.Tensor) -> torch.Tensor:
        return self.after[windows[:, -1].long()]


def test_it_writes_the_likeliest_word_each_time_and_never_one_it_has_no_name_for() -> None:
    words = ("", "C4", "D4", "E4")
    net = Next(len(words))
    earlier = Earlier(net, words, Background(np.zeros(4, np.int64), Counter()), {}, "")
    start = read_tokens(Score.of([60, 62], [0, 1], [1, 1]))
    made = earlier.generate([start, start[:1]], 3)
    assert [piece[:1] for piece in made] == [["E4"], ["D4"]]
    assert made[1][1] == "E4"
    assert all(word in words[1:] for piece in made for word in piece)


def test_stopped_and_called_again_it_ends_in_the_same_weights(
    lesson: Lesson, tmp_path: Path
) -> None:
    once = lesson.learn([scale(50)], tmp_path / "once", choose=False)
    lesson.learn([scale(50)], tmp_path / "twice", epochs=2, choose=False)
    again = lesson.learn([scale(50)], tmp_path / "twice", choose=False)
    for one, other in zip(once.net.parameters(), again.net.parameters(), strict=True):
        assert torch.equal(one, other)


def test_a_small_budget_sees_fewer_windows_and_says_so() -> None:
    recipe = read_earlier("style-lstm", [*SMALL, "fit.batch=16"])
    pieces = [scale(first) for first in range(48, 60, 2)]
    lesson = Lesson.of(recipe, pieces, 1e-6)
    assert len(lesson.windows) == 16
    assert lesson.size.startswith("1 of 100 epochs over 16 of ")


def test_gone_on_with_it_is_laid_out_as_it_was_however_fast_the_machine_now_is(
    tmp_path: Path,
) -> None:
    recipe = read_earlier("style-lstm", [*SMALL, "fit.batch=16"])
    pieces = [scale(first) for first in range(48, 60, 2)]
    pace = tmp_path / "step_s.txt"
    Lesson.of(recipe, pieces, 1.0, pace=pace)
    assert float(pace.read_text()) > 0
    pace.write_text("3.0")
    lesson = Lesson.of(recipe, pieces, 1.0, pace=pace)
    # Twenty steps of three seconds.
    assert len(lesson.windows) == 20 * 16
    assert lesson.fit.epochs == 1


def test_a_kill_while_the_pace_is_noted_leaves_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = read_earlier("style-lstm", [*SMALL, "fit.batch=16"])
    pieces = [scale(first) for first in range(48, 60, 2)]
    pace = tmp_path / "step_s.txt"

    def killed(path: Path, content: str, encoding: str) -> int:
        path.touch()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", killed)
        with pytest.raises(KeyboardInterrupt):
            Lesson.of(recipe, pieces, 1.0, pace=pace)
    assert not pace.exists()
    Lesson.of(recipe, pieces, 1.0, pace=pace)
    assert float(pace.read_text()) > 0


def test_words_it_never_saw_count_by_how_likely_they_are_at_all() -> None:
    words = ("", "C4", "D4")
    background = Background(np.array([0, 1, 4]), Counter({1: 6, 4: 4}), mix=0.5)
    log = np.log(np.array([[0.2, 0.6, 0.2]]))
    (token,) = read_tokens(Score.of([62], [0], [1]))
    # Half of 0.2 / 0.8, the share among single notes, and half of (4 + 1) / (10 + 12).
    assert background.score([token], log).nats == pytest.approx(-np.log(0.125 + 0.5 * 5 / 22))
    (unseen,) = read_tokens(Score.of([66], [0], [1]))
    assert background.score([unseen], log).nats == pytest.approx(-np.log(0.5 / 22))
    assert words[UNSEEN] == ""


def test_a_chord_is_paid_once_among_chords_of_its_size() -> None:
    chord = [60, 64, 67]
    (token,) = read_tokens(Score.of(chord, [0, 0, 0], [1, 1, 1]))
    bits = 1 + (1 << 4) + (1 << 7)
    background = Background(np.array([0, 1, bits]), Counter({1: 5, bits: 5}), mix=0.0)
    asked = background.score([token], np.log(np.array([[0.1, 0.8, 0.1]])))
    assert asked.notes == 3
    assert asked.nats == pytest.approx(0.0)


def test_a_model_that_knows_nothing_pays_for_twelve_pitch_classes() -> None:
    encoding = Notes()
    torch.manual_seed(0)
    shape = Shape(units=8, layers=1, embedding=4)
    net = LanguageNet(encoding.sizes, encoding.derived, 3, shape)
    with torch.no_grad():
        for one in net.heads[str(encoding.pitch_field)].parameters():
            one.zero_()
    score = opening(read_score("examples/bach-bwv269.mid"))
    (asked,) = ask_model(net, encoding, [score])
    skipped = sum(len(token.pitches) for token in read_tokens(score)[:WINDOW])
    assert asked.notes == len(score) - skipped
    share = np.bincount(pitch_classes(encoding), minlength=12) / len(encoding.pitch_words)
    later = np.sort(score.pitch[np.lexsort((score.pitch, score.onset_beats))][skipped:] % 12)
    assert asked.nats == pytest.approx(-np.log(share[later]).sum(), rel=1e-4)


def test_both_are_asked_about_the_same_notes() -> None:
    score = opening(read_score("examples/bach-bwv269.mid"))
    background = Background(np.array([0, 1]), Counter({1: 1}))
    later = read_tokens(score)[WINDOW:]
    theirs = background.score(later, np.zeros((len(later), 2)))
    encoding = Notes()
    net = LanguageNet(encoding.sizes, (1,), 3, Shape(units=4, layers=1, embedding=2))
    (ours,) = ask_model(net, encoding, [score])
    assert ours.notes == theirs.notes


def test_a_saving_is_of_the_same_pieces() -> None:
    ours, theirs = [Asked(6, 10), Asked(9, 10)], [Asked(8, 10), Asked(12, 10)]
    found = saving(ours, theirs)
    assert found.value == pytest.approx(0.25)
    assert found.low == pytest.approx(0.25) == found.high
