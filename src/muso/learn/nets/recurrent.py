"""Recurrent layers of language models: LSTM and multiplicative LSTM."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

Pair = tuple[Tensor, Tensor]
"""Hidden and cell state, `(batch, unit)` each."""

GAIN = 4.0
"""Scale of first input weights: with PyTorch's own, what enters has faded before the fourth layer,
and a thousand batches teach no more than how often each word comes."""


class LSTM(nn.Module):
    """One layer of long short-term memory (Hochreiter and Schmidhuber 1997).

    `drop` leaves out recurrent weights, the same ones over a whole call (Merity et al. 2018): a
    mask on the state at each step would take the fused kernel away.
    """

    def __init__(self, inputs: int, units: int, drop: float = 0.0) -> None:
        super().__init__()
        self.body = nn.LSTM(inputs, units)
        self.drop = drop
        with torch.no_grad():
            # Remember at first: long dependencies are found sooner (Jozefowicz et al. 2015).
            bias: Tensor = self.body.get_parameter("bias_ih_l0")
            bias[units : 2 * units] = 1.0
            self.body.get_parameter("weight_ih_l0").normal_(std=GAIN * inputs**-0.5)

    def forward(self, x: Tensor, state: Pair) -> tuple[Tensor, Pair]:
        """`x` `(step, batch, input)` to `(step, batch, unit)` and the state after it."""
        pair = (state[0][None], state[1][None])
        if self.training and self.drop:
            weights = dict(self.body.named_parameters())
            kept = nn.functional.dropout(weights["weight_hh_l0"], self.drop)
            changed = {**weights, "weight_hh_l0": kept}
            out, (h, c) = torch.func.functional_call(self.body, changed, (x, pair))
        else:
            out, (h, c) = self.body(x, pair)
        return out, (h[0], c[0])


class MultiplicativeLSTM(nn.Module):
    """One layer of multiplicative LSTM (Krause et al. 2016): the input chooses the recurrence."""

    def __init__(self, inputs: int, units: int, drop: float = 0.0) -> None:
        super().__init__()
        self.across = nn.Linear(inputs, units, bias=False)
        self.along = nn.Linear(units, units, bias=False)
        self.gates_in = nn.Linear(inputs, 4 * units)
        self.gates = nn.Linear(units, 4 * units, bias=False)
        self.drop = drop
        with torch.no_grad():
            self.gates_in.bias[units : 2 * units] = 1.0
            self.gates_in.weight.normal_(std=GAIN * inputs**-0.5)

    def forward(self, x: Tensor, state: Pair) -> tuple[Tensor, Pair]:
        """`x` `(step, batch, input)` to `(step, batch, unit)` and the state after it."""
        h, c = state
        across, given = self.across(x), self.gates_in(x)
        along, gates = self.along.weight, self.gates.weight
        if self.training and self.drop:
            along = nn.functional.dropout(along, self.drop)
            gates = nn.functional.dropout(gates, self.drop)
        out = []
        for step in range(x.shape[0]):
            m = across[step] * nn.functional.linear(h, along)
            i, f, o, u = (given[step] + nn.functional.linear(m, gates)).chunk(4, dim=-1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(u)
            h = torch.sigmoid(o) * torch.tanh(c)
            out.append(h)
        return torch.stack(out), (h, c)


CELLS: dict[str, Callable[[int, int, float], nn.Module]] = {
    "lstm": LSTM,
    "mlstm": MultiplicativeLSTM,
}
"""Recurrent layers by name, built from inputs, units and the share of recurrence left out."""
