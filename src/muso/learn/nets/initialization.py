"""How weights begin, under the names that searches know them by."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from muso.errors import RecipeError


def _he_normal(weight: Tensor) -> Tensor:
    return nn.init.kaiming_normal_(weight, nonlinearity="relu")


INITIALIZATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "glorot_uniform": nn.init.xavier_uniform_,
    "he_normal": _he_normal,
}
"""Glorot and Bengio 2010; He et al. 2015."""


def initialize(net: nn.Module, how: str) -> None:
    """Begin the weights of every convolution, dense and LSTM layer anew; biases with 0.

    An LSTM's state weights begin orthogonal and its forget gates open (bias 1), whatever the
    name: Saxe et al. 2014, Jozefowicz et al. 2015.

    Raises:
        RecipeError: no such initialization.
    """
    if how not in INITIALIZATIONS:
        known = ", ".join(INITIALIZATIONS)
        raise RecipeError(f"no initialization {how!r}; there are {known}")
    for module in net.modules():
        if isinstance(module, (nn.Linear, nn.Conv2d)):
            INITIALIZATIONS[how](module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.LSTM):
            _initialize_lstm(module, how)


def _initialize_lstm(lstm: nn.LSTM, how: str) -> None:
    for name, values in lstm.named_parameters():
        if name.startswith("weight_ih"):
            INITIALIZATIONS[how](values)
        elif name.startswith("weight_hh"):
            nn.init.orthogonal_(values)
        else:
            nn.init.zeros_(values)
            if name.startswith("bias_ih"):
                # Gates stand in the order input, forget, cell, output.
                forget = slice(lstm.hidden_size, 2 * lstm.hidden_size)
                nn.init.ones_(values.data[forget])
