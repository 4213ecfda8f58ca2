"""The error for what is not here."""

from __future__ import annotations

from muso.errors import UsageError


class NotFound(UsageError):
    """Nothing of that name is here."""

    kind = "not_found"
