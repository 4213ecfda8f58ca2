"""A soft limiter that looks ahead: no sample passes the ceiling, and no gain ever jumps."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import numpy as np
from numpy.typing import NDArray

CEILING = 0.97
KNEE = 0.6
"""Peak from which on gain is taken back, gently at first."""
STEP = 64
"""Samples that share one reading of the level."""
AHEAD = 5
"""Steps over which gain goes down before a peak arrives (7 ms at 44.1 kHz)."""
RECOVERY_DB_PER_S = 25.0


def limited(
    blocks: Iterator[NDArray[np.float32]], sample_rate: int
) -> Iterator[NDArray[np.float32]]:
    """`blocks`, `(channel, sample)`, with every peak below `CEILING`; quiet ones pass untouched.

    The sum of the lengths is kept, not the length of each block.
    """
    recovery_db = RECOVERY_DB_PER_S * STEP / sample_rate
    held = np.zeros((2, 0), np.float32)
    past_db: NDArray[np.float64] | None = None
    before_db = 0.0
    length, given = 0, 0
    for block in chain(blocks, [None]):
        if block is None:
            padding = -held.shape[1] % STEP + (AHEAD + 1) * STEP
            block = np.zeros((2, padding), np.float32)
        else:
            length += block.shape[1]
        held = np.concatenate([held, block], axis=1)
        ready = held.shape[1] // STEP - AHEAD - 1
        if ready <= 0:
            continue
        need_db = _reduction_db(held[:, : (ready + AHEAD + 1) * STEP])
        if past_db is None:
            # Gain is already down when a piece starts with a bang.
            past_db = np.maximum.accumulate(need_db[:AHEAD])
        peaks = np.lib.stride_tricks.sliding_window_view(need_db, AHEAD + 1).max(axis=1)
        # A straight recovery, as a running maximum of what has been raised by its slope.
        slope = recovery_db * np.arange(len(peaks) + 1)
        raised = np.append(past_db[-1], peaks) + slope
        eased = (np.maximum.accumulate(raised) - slope)[1:]
        joined = np.concatenate([past_db, eased])
        means = np.lib.stride_tricks.sliding_window_view(joined, AHEAD + 1).mean(axis=1)
        edges = np.maximum(np.append(before_db, means[:-1]), means)
        gained = _apply(held[:, : ready * STEP], edges[: ready + 1])
        past_db, before_db = joined[ready : ready + AHEAD], float(means[ready - 1])
        held = held[:, ready * STEP :]
        # The last block's padding was only there to look ahead into.
        yield gained[:, : max(length - given, 0)]
        given += gained.shape[1]


def _reduction_db(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """By how much each step of samples must come down, at least 0."""
    peak = np.abs(samples).max(axis=0).reshape(-1, STEP).max(axis=1).astype(np.float64)
    over = np.maximum(peak - KNEE, 0.0)
    room = CEILING - KNEE
    allowed = np.where(over > 0, KNEE + room * np.tanh(over / room), peak)
    ratio = np.maximum(peak, 1e-12) / np.maximum(allowed, 1e-12)
    return np.asarray(20 * np.log10(ratio), np.float64)


def _apply(samples: NDArray[np.float32], edges_db: NDArray[np.float64]) -> NDArray[np.float32]:
    """The samples with a gain that runs straight from one step's edge to the next's."""
    if not edges_db.any():
        return samples
    steps = len(edges_db) - 1
    at = np.arange(steps * STEP) / STEP
    gain = np.interp(at, np.arange(steps + 1), 10 ** (-edges_db / 20))
    return samples * gain.astype(np.float32)
