"""Arrays that lie in a language model's bundle beside its graphs."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from muso.bundle.bundle import read_verified
from muso.bundle.language import LanguageBundle
from muso.errors import BundleError


def pack_array(values: NDArray[Any]) -> bytes:
    """An array as a bundle's file holds it."""
    content = io.BytesIO()
    np.save(content, values, allow_pickle=False)
    return content.getvalue()


def read_array(bundle: LanguageBundle, file: str, shape: tuple[int | None, ...]) -> NDArray[Any]:
    """An array of numbers from a bundle.

    Args:
        bundle: the model.
        file: its name, one of the bundle's `digests`.
        shape: that it must have; None where any size will do.

    Raises:
        BundleError: the file is missing, altered, or holds something else.
    """
    content = read_verified(bundle.name, bundle.folder, file, bundle.digests)
    try:
        values: NDArray[Any] = np.load(io.BytesIO(content), allow_pickle=False)
        fits = len(values.shape) == len(shape) and all(
            wanted in (None, size) for wanted, size in zip(shape, values.shape, strict=True)
        )
        if not fits or values.dtype.kind != "f" or not values.size:
            raise ValueError(f"{values.dtype} of shape {values.shape}")
    except (ValueError, TypeError, EOFError) as error:
        raise BundleError(
            f"bundle {bundle.name}: its {file} is damaged ({error}); learn the style again"
        ) from None
    return values
