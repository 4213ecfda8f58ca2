"""Things to arrays and back: the views."""

from muso.represent.bands import Bands
from muso.represent.descriptors import Descriptors
from muso.represent.logmel import LogMel
from muso.represent.ngrams import NGrams
from muso.represent.pianoroll import PianoRoll
from muso.represent.picture_timbre import PictureTimbre
from muso.represent.spectrogram import Spectrogram
from muso.represent.timbre import Timbre
from muso.represent.view import View

VIEWS: dict[str, type[View]] = {
    view.name: view
    for view in (
        PianoRoll, Descriptors, NGrams, Spectrogram, LogMel, Timbre, PictureTimbre, Bands,
    )
}  # fmt: skip
"""Every view by name. A new view is one file and one entry here."""
