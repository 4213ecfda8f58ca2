"""Every view a bundle may look through: those of pieces alone, and those that ask a bundle."""

from __future__ import annotations

from muso.bundle.states import States
from muso.represent import VIEWS
from muso.represent.view import View

ALL_VIEWS: dict[str, type[View]] = {**VIEWS, States.name: States}
"""Every view by name."""
