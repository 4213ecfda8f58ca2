"""Things to arrays and back: the views."""

from muso.represent.descriptors import Descriptors
from muso.represent.ngrams import NGrams
from muso.represent.pianoroll import PianoRoll
from muso.represent.view import View

VIEWS: dict[str, type[View]] = {view.name: view for view in (PianoRoll, Descriptors, NGrams)}
"""Every view by name. A new view is one file and one entry here."""
