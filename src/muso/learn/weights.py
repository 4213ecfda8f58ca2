"""Weights of networks at rest, as safetensors: arrays by name, and nothing that could be run.

The format (https://huggingface.co/docs/safetensors) is a length of 8 bytes, a JSON header that
says where each array lies, and the arrays themselves.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from muso.errors import DamagedFile
from muso.music.files import read_bytes, whole

MAX_BYTES = 2**30
TYPES: Mapping[str, np.dtype[Any]] = {"F32": np.dtype("<f4"), "I64": np.dtype("<i8")}
"""What PyTorch's networks hold: numbers, and counts of batches."""
LENGTH = 8


def write_weights(arrays: Mapping[str, NDArray[Any]], path: Path) -> None:
    """Write float32 and int64 arrays by name, whole or not at all.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp(), "weights.safetensors")
    >>> write_weights({"layer": np.ones((2, 3), np.float32)}, file)
    >>> read_weights(file)["layer"].shape
    (2, 3)
    """
    kinds = {dtype: kind for kind, dtype in TYPES.items()}
    header, start = {}, 0
    for name, array in arrays.items():
        kind = kinds[array.dtype.newbyteorder("<")]
        span = [start, start + array.nbytes]
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": span}
        start = span[1]
    told = json.dumps(header).encode()
    told += b" " * (-len(told) % LENGTH)
    with whole(path) as unfinished, unfinished.open("wb") as out:
        out.write(len(told).to_bytes(LENGTH, "little") + told)
        for array in arrays.values():
            out.write(np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<")).tobytes())


def read_weights(path: Path) -> dict[str, NDArray[Any]]:
    """Read what `write_weights` wrote.

    Raises:
        DamagedFile: not such a file. MissingFile, FileError: can't be opened.
    """
    content = read_bytes(path, MAX_BYTES)
    try:
        end = LENGTH + int.from_bytes(content[:LENGTH], "little")
        header = json.loads(content[LENGTH:end])
        return {
            name: _array(content[end:], entry)
            for name, entry in header.items()
            if name != "__metadata__"
        }
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError) as error:
        cause = f"these are no weights ({type(error).__name__}: {error})"
        raise DamagedFile(path, cause, "train the bundle again") from None


def _array(content: bytes, entry: Mapping[str, Any]) -> NDArray[Any]:
    first, end = entry["data_offsets"]
    if not 0 <= first <= end <= len(content):
        raise ValueError("cut off")
    values: NDArray[Any] = np.frombuffer(content[first:end], TYPES[entry["dtype"]])
    if values.size != math.prod(entry["shape"]):
        raise ValueError("an array of another size than it says")
    return np.reshape(values, entry["shape"])
