"""The language model of music: what comes next, given all that came before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from muso.errors import RecipeError
from muso.learn.nets.recurrent import CELLS

MOOD = ("mood known", "valence", "arousal")
"""What stands first in the condition of every model; all 0 where the mood is unknown."""


@dataclass(frozen=True)
class Shape:
    """What a language model is built of.

    Attributes:
        cell: a name in `CELLS`.
        embedding: width of a step's embedding, the sum of its fields'.
        units: of each layer.
        layers: recurrent layers.
        head: width of the hidden layer before each field's words; 0 for none.
        noise: deviation of the Gaussian noise added after the first layer in training.
        input_drop: share of each layer's inputs left out in training, 0…1.
        recurrent_drop: share of recurrent weights left out in training, 0…1.
        output_drop: share of the last layer's outputs left out in training, 0…1.
    """

    cell: str = "lstm"
    embedding: int = 256
    units: int = 512
    layers: int = 4
    head: int = 0
    noise: float = 0.2
    input_drop: float = 0.05
    recurrent_drop: float = 0.05
    output_drop: float = 0.0

    def __post_init__(self) -> None:
        if self.cell not in CELLS:
            raise RecipeError(f"no cell {self.cell!r}; there are {', '.join(CELLS)}")
        for name in ("embedding", "units", "layers"):
            if getattr(self, name) < 1:
                raise RecipeError(f"{name} is {getattr(self, name)}; it must be at least 1")
        for name in ("input_drop", "recurrent_drop", "output_drop"):
            if not 0 <= getattr(self, name) < 1:
                raise RecipeError(f"{name} is {getattr(self, name)}; it must be a share below 1")


class Head(nn.Module):
    """The scores of one field's words, from the state and the fields before it in the step."""

    def __init__(self, units: int, before: Sequence[int], words: int, width: int) -> None:
        super().__init__()
        self.width = width
        self.lift = nn.Linear(units, width) if width else None
        self.given = nn.ModuleList(nn.Embedding(size, width or units) for size in before)
        for embedding in self.given:
            nn.init.normal_(embedding.weight, std=0.1)  # type: ignore[arg-type]
        self.score = nn.Linear(width or units, words)

    def forward(self, hidden: Tensor, so_far: Tensor) -> Tensor:
        """`hidden` `(…, unit)` and `so_far` `(…, field)` to `(…, word)` logits."""
        x = hidden if self.lift is None else self.lift(hidden)
        for number, embedding in enumerate(self.given):
            x = x + embedding(so_far[..., number])
        if self.lift is not None:
            x = torch.relu(x)
        return self.score(x)  # type: ignore[no-any-return]


class LanguageNet(nn.Module):
    """Embeddings of a step's fields and of the condition, recurrent layers, a head a field.

    The fields of a step are predicted one after another, each given those before it. Derived
    fields have no head.

    Args:
        sizes: vocabulary of each field.
        derived: fields that are read and never predicted.
        condition: length of the condition vector.
        shape: what it is built of.

    >>> net = LanguageNet((9,), (), 3, Shape(units=8, layers=1, embedding=4))
    >>> hidden, state = net(torch.ones(5, 2, 1, dtype=torch.long), torch.zeros(2, 3))
    >>> tuple(hidden.shape), tuple(state[0].shape), tuple(net.logits(0, hidden, hidden[..., :0].long()).shape)
    ((5, 2, 8), (1, 2, 8), (5, 2, 9))
    """  # noqa: E501

    def __init__(
        self, sizes: Sequence[int], derived: Sequence[int], condition: int, shape: Shape
    ) -> None:
        super().__init__()
        self.sizes, self.derived, self.shape = tuple(sizes), tuple(derived), shape
        self.embeddings = nn.ModuleList(nn.Embedding(size, shape.embedding) for size in sizes)
        for embedding in self.embeddings:
            nn.init.normal_(embedding.weight, std=len(sizes) ** -0.5)  # type: ignore[arg-type]
        self.condition = nn.Linear(condition, shape.embedding, bias=False)
        inputs = [shape.embedding] + [shape.units] * (shape.layers - 1)
        self.layers = nn.ModuleList(
            CELLS[shape.cell](n, shape.units, shape.recurrent_drop) for n in inputs
        )
        self.heads = nn.ModuleDict(
            {
                str(field): Head(shape.units, sizes[:field], size, shape.head)
                for field, size in enumerate(sizes)
                if field not in derived
            }
        )

    def begin(self, batch: int) -> tuple[Tensor, Tensor]:
        """The state before a piece, hidden and cell, `(layer, batch, unit)` each."""
        like = self.condition.weight
        shape = (self.shape.layers, batch, self.shape.units)
        zeros = torch.zeros(shape, device=like.device)
        return zeros, zeros

    def forward(
        self, rows: Tensor, condition: Tensor, state: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Read rows.

        Args:
            rows: `(step, batch, field)`.
            condition: `(batch, condition)`.
            state: before the first row; that before a piece unless given.

        Returns:
            `(step, batch, unit)` what the last layer says after each row, and the state then.
        """
        hidden, cell = self.begin(rows.shape[1]) if state is None else state
        x = self.condition(condition)[None].float()
        for field, embedding in enumerate(self.embeddings):
            x = x + embedding(rows[..., field])
        after = []
        for number, layer in enumerate(self.layers):
            x, pair = layer(self._masked(x), (hidden[number], cell[number]))
            after.append(pair)
            if self.training and number == 0 and self.shape.noise:
                x = x + self.shape.noise * torch.randn_like(x)
        if self.training and self.shape.output_drop:
            x = nn.functional.dropout(x, self.shape.output_drop)
        return x, (torch.stack([h for h, _ in after]), torch.stack([c for _, c in after]))

    def _masked(self, x: Tensor) -> Tensor:
        """Inputs with the same ones left out at every step (Gal and Ghahramani 2016)."""
        if not self.training or not self.shape.input_drop:
            return x
        return x * nn.functional.dropout(torch.ones_like(x[:1]), self.shape.input_drop)

    def logits(self, field: int, hidden: Tensor, so_far: Tensor) -> Tensor:
        """`(…, word)` scores of a field's words, given the step's fields before it."""
        return self.heads[str(field)](hidden, so_far)  # type: ignore[no-any-return]

    def losses(self, hidden: Tensor, rows: Tensor) -> Tensor:
        """`(row, field)` nats that each of `rows` `(row, field)` was a surprise, 0 where derived.

        Args:
            hidden: `(row, unit)` after the row before each.
            rows: what came.
        """
        out = []
        for field in range(len(self.sizes)):
            if field in self.derived:
                out.append(torch.zeros(len(rows), device=hidden.device))
                continue
            scores = self.logits(field, hidden, rows[:, :field]).float()
            out.append(nn.functional.cross_entropy(scores, rows[:, field], reduction="none"))
        return torch.stack(out, dim=1)
