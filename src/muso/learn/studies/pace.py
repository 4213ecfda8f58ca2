"""How fast this machine trains right now, beside the one the studies' minutes were measured on."""

from __future__ import annotations

import time

import numpy as np
import torch
from torch import nn

from muso.learn.loop import autocast, device

REFERENCE_S = 0.03
"""What the step below took on a quiet core of the machine that the minutes were measured on."""
STEPS = 9
WARMING = 3
"""Steps before those that count: memory is found and kernels are chosen in the first ones."""


def slowness() -> float:
    """How many times as long as on the quiet reference machine training takes, 1 at least.

    A few steps of a small convolutional network are timed by the clock on the wall, so that a
    machine that is busy with other things counts as slow. It takes about a second.
    """
    where = device()
    net = nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.MaxPool2d(2), nn.ReLU(),
        nn.Conv2d(32, 64, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 4),
    ).to(where, memory_format=torch.channels_last)  # type: ignore[call-overload]  # fmt: skip
    values = torch.zeros(32, 1, 64, 100, device=where)
    wanted = torch.zeros(32, dtype=torch.long, device=where)
    took = []
    for _ in range(WARMING + STEPS):
        started = time.monotonic()
        with autocast(where):
            loss = nn.functional.cross_entropy(net(values).float(), wanted)
        loss.backward()  # type: ignore[no-untyped-call]
        float(loss.detach())
        took.append(time.monotonic() - started)
    return max(1.0, float(np.mean(took[WARMING:])) / REFERENCE_S)
