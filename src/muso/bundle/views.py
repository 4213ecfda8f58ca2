"""Every view a bundle may look through: those of pieces alone, and those that ask a bundle."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping

from muso.bundle.states import States
from muso.represent import VIEWS
from muso.represent.view import View

ALL_VIEWS: Mapping[str, type[View]] = ChainMap(VIEWS, {States.name: States})
"""Every view by name."""
