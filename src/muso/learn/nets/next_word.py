"""The network of an earlier system that guessed the next note or chord from the last thirty."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class NextWord(nn.Module):
    """Stacked LSTMs over a window of words, a dense layer, one score a word.

    Args:
        words: size of the vocabulary.
        units: of each LSTM layer, in each direction. layers: how many.
        drop: share dropped after each layer and after the dense one, 0…1.
        dense: size of the layer between the LSTMs and the scores, and of a word's embedding.
        bidirectional: read the window from both ends.
        attention: weigh all steps of the window instead of taking the last (after Bahdanau et
            al. 2015).
    """

    def __init__(
        self,
        words: int,
        units: int = 512,
        layers: int = 3,
        drop: float = 0.3,
        dense: int = 256,
        bidirectional: bool = False,
        attention: bool = False,
    ) -> None:
        super().__init__()
        self.embed = nn.Embedding(words, dense)
        self.lstm = nn.LSTM(
            dense, units, layers, batch_first=True, dropout=drop, bidirectional=bidirectional
        )
        width = units * (2 if bidirectional else 1)
        self.weigh = nn.Linear(width, 1) if attention else None
        self.head = nn.Sequential(
            nn.Dropout(drop),
            nn.Linear(width, dense),
            nn.ReLU(),
            nn.Dropout(drop),
            nn.Linear(dense, words),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Scores `(window, word)` from windows of word indices `(window, step)`, as floats."""
        states, _ = self.lstm(self.embed(x.long()))
        if self.weigh is None:
            # Read from the end too, the last step knows one word in that direction, the first all.
            forward, backward = states[:, -1], states[:, 0]
            half = self.lstm.hidden_size
            last = torch.cat([forward[:, :half], backward[:, half:]], dim=1)
        else:
            last = (torch.softmax(self.weigh(states), dim=1) * states).sum(dim=1)
        return self.head(last)  # type: ignore[no-any-return]
