"""The common measure: how well a model foresees the pitch of the next note, given the past.

What is compared reads and writes quite different things. So each model is asked only for what all
of them can say: the pitch class of every note of one part, in order, given all the notes before.
When the note comes, and with which others it begins, is told for free, to each in its own terms:

- muso's model takes the gap since the last onset as known and gives a distribution of the 88 keys;
  its keys of one pitch class are added up.
- The earlier system's words are notes, or chords without octave. Words of as many pitch classes as
  were in truth struck together share the probability among themselves, whatever it gave to others;
  a chord word is paid once for all its notes, and the same class twice within it costs nothing.
  Words that it never saw it could not have foreseen: mixed in is how often each occurred at all,
  in the share that is best on the validation pieces.

Both costs are in nats and add up over the notes of the same pieces, so that their means are of the
same thing. Notes of the first window of the earlier system are left out for all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import comb

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from muso.bundle.memory import Memory, mixed_nats, recall
from muso.judge.intervals import Interval, figure_interval, number_works, resample
from muso.learn.language import LanguageNet
from muso.learn.style_tokens import Token, pitches_of, read_part, read_tokens
from muso.music.score import Score
from muso.represent.encoding import Encoding

WINDOW = 30
"""Words that the earlier system needs to begin."""
MIXES = (0.01, 0.03, 0.1, 0.2, 0.35, 0.5, 0.75, 0.95)
"""Shares tried of what is expected without knowing the past."""
OPENING_TOKENS = 230
"""Words of a piece that are measured: its first ones, as many of a long piece as of a short."""


@dataclass(frozen=True)
class Asked:
    """What a model thought of the notes of one piece.

    Attributes:
        nats: summed over the notes, at least 0.
        notes: how many.
    """

    nats: float
    notes: int


def opening(score: Score) -> Score:
    """The part of `score` that is measured: one part, its first words.

    >>> from muso.music.midi import read_score
    >>> len(opening(read_score("examples/bach-bwv66-6.mid"))) > 0
    True
    """
    part = read_part(score)
    tokens = read_tokens(part)
    if len(tokens) <= OPENING_TOKENS:
        return part
    notes = sum(len(token.pitches) for token in tokens[:OPENING_TOKENS])
    return part.select(np.arange(len(part)) < notes)


def ask_model(
    net: nn.Module, encoding: Encoding, scores: Sequence[Score], memory: Memory | None = None
) -> list[Asked]:
    """What a language model thinks of every note of each score but those of the first window.

    Args:
        net: told nothing of mood or collection.
        encoding: of its steps.
        scores: openings, see `opening`.
        memory: of the piece; none unless given.
    """
    assert isinstance(net, LanguageNet)
    net.eval()
    pieces = [encoding.encode(score).astype(np.int64) for score in scores]
    skipped = [sum(len(token.pitches) for token in read_tokens(score)[:WINDOW]) for score in scores]
    classes = torch.from_numpy(pitch_classes(encoding))
    condition = torch.zeros(1, net.condition.in_features)
    asked = []
    for rows, skip in zip(pieces, skipped, strict=True):
        steps = torch.from_numpy(rows)[:, None]
        with torch.inference_mode():
            hidden, _ = net(steps[:-1], condition)
            target = steps[1:, 0]
            notes = encoding.pitches(rows[1:].astype(np.int16)) >= 0
            at = torch.from_numpy(np.flatnonzero(notes))
            field = encoding.pitch_field
            scores_of = net.logits(field, hidden[at, 0], target[at, :field]).float()
            log = torch.log_softmax(scores_of[:, torch.from_numpy(encoding.pitch_words)], 1)
            of_class = torch.stack([torch.logsumexp(log[:, classes == n], 1) for n in range(12)], 1)
            own = classes[target[at, field] - int(encoding.pitch_words[0])].numpy()
        weight, share = recall(memory or Memory(0.0, 1.0, 1.0), hidden[:, 0].numpy())
        only = np.arange(len(at))
        kept, shares = weight[np.ix_(at.numpy(), at.numpy())], share[at.numpy()]
        nats = mixed_nats(of_class.double().numpy(), own, kept, shares, only)
        asked.append(Asked(float(nats[skip:].sum()), max(len(at) - skip, 0)))
    return asked


def pitch_classes(encoding: Encoding) -> NDArray[np.int64]:
    """`(pitch word,)` the pitch class of each."""
    rows = np.zeros((len(encoding.pitch_words), len(encoding.fields)), np.int16)
    rows[:, encoding.pitch_field] = encoding.pitch_words
    return encoding.pitches(rows).astype(np.int64) % 12


def pitch_loss(
    asked: Sequence[Asked], works: Sequence[str] | None = None, seed: int = 0
) -> Interval:
    """Nats a note over pieces, with its interval over their works; a piece a work if None.

    >>> round(pitch_loss([Asked(20.0, 10), Asked(10.0, 10)]).value, 2)
    1.5
    """
    nats = np.array([one.nats for one in asked])
    notes = np.array([one.notes for one in asked], np.float64)
    numbers = np.arange(len(asked)) if works is None else number_works(works)
    drawn = resample(
        lambda weight: np.array([weight @ nats / max(weight @ notes, 1.0)]),
        numbers,
        np.random.default_rng(seed),
    )[:, 0]
    value = float(nats.sum() / max(notes.sum(), 1.0))
    return figure_interval(value, drawn, int(numbers.max()) + 1, least=0.0)


def saving(
    ours: Sequence[Asked],
    theirs: Sequence[Asked],
    works: Sequence[str] | None = None,
    seed: int = 0,
) -> Interval:
    """By what share our loss a note is below theirs on the same pieces, with its interval.

    Works are drawn for both together: how hard a piece is says nothing about which is better.

    >>> round(saving([Asked(8.0, 10)] * 9, [Asked(10.0, 10)] * 9).value, 2)
    0.2
    """
    own, other = (np.array([[one.nats, one.notes] for one in asked]) for asked in (ours, theirs))

    def below(weight: NDArray[np.float64]) -> NDArray[np.float64]:
        mine, against = weight @ own, weight @ other
        return np.array([1.0 - (mine[0] / mine[1]) / (against[0] / against[1])])

    numbers = np.arange(len(ours)) if works is None else number_works(works)
    drawn = resample(below, numbers, np.random.default_rng(seed))[:, 0]
    return figure_interval(float(below(np.ones(len(ours)))[0]), drawn, int(numbers.max()) + 1)


@dataclass(frozen=True, eq=False)
class Background:
    """What is expected of a word without knowing the past, and how words are scored.

    Attributes:
        classes: `(word,)` the pitch classes of each word as a set of 12 bits; 0 for no word.
        counts: how often each set of pitch classes was struck in training.
        mix: share of this in every probability.
    """

    classes: NDArray[np.int64]
    counts: Counter[int]
    mix: float = 0.1

    @classmethod
    def of(cls, training: Sequence[Sequence[Token]], words: Sequence[str]) -> Background:
        """Counted over the training pieces."""
        classes = [_bits(pitches_of(word)) if word else 0 for word in words]
        counts = Counter(_bits(token.pitches) for piece in training for token in piece)
        return cls(np.array(classes, np.int64), counts)

    def mixed(self, tokens: Sequence[Token], log: NDArray[np.float64]) -> Background:
        """The same with the share that is best for `tokens` and what was thought of them."""
        if not len(tokens):
            return self
        tried = [replace(self, mix=mix) for mix in MIXES]
        return min(tried, key=lambda one: one.score(tokens, log).nats)

    def score(self, tokens: Sequence[Token], log: NDArray[np.float64]) -> Asked:
        """What `tokens` cost.

        Args:
            tokens: what came.
            log: `(token, word)` log probabilities of what would come.
        """
        bits = [_bits(token.pitches) for token in tokens]
        sizes = np.array([size.bit_count() for size in self.classes.tolist()])
        nats = 0.0
        for row, wanted in zip(np.exp(log), bits, strict=True):
            alike = sizes == wanted.bit_count()
            share = row[alike].sum()
            own = row[self.classes == wanted].sum() / share if share > 0 else 0.0
            nats -= float(np.log((1 - self.mix) * own + self.mix * self._expected(wanted)))
        return Asked(nats, sum(len(token.pitches) for token in tokens))

    def _expected(self, wanted: int) -> float:
        """How often a set of pitch classes occurs among those of its size, each seen once more."""
        size = wanted.bit_count()
        among = self._of_size.get(size, 0)
        return (self.counts[wanted] + 1) / (among + comb(12, size))

    @cached_property
    def _of_size(self) -> Counter[int]:
        found: Counter[int] = Counter()
        for bits, count in self.counts.items():
            found[bits.bit_count()] += count
        return found


def _bits(pitches: Sequence[int]) -> int:
    """The pitch classes of notes as 12 bits."""
    return sum(1 << one for one in {pitch % 12 for pitch in pitches})
