"""Short hashes by which corpora and splits are told apart in reports."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

LENGTH = 12
"""Hexadecimal digits: 48 bits tell any number of corpora that people handle apart."""


def short_digest(rows: Iterable[str]) -> str:
    """A hash of `rows` in their order, `LENGTH` hexadecimal digits.

    >>> short_digest(["Bach", "Ravel"]) == short_digest(["Ravel", "Bach"])
    False
    """
    whole = hashlib.sha256()
    for row in rows:
        content = row.encode("utf-8", "surrogateescape")
        # The length keeps neighbouring rows apart, whatever they hold.
        whole.update(len(content).to_bytes(4, "big") + content)
    return whole.hexdigest()[:LENGTH]
