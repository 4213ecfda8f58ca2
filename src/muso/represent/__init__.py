"""Things to arrays and back: the views, and the encodings of language models."""

from muso.represent.bands import Bands
from muso.represent.cover_descriptors import CoverDescriptors
from muso.represent.descriptor_steps import DescriptorSteps
from muso.represent.descriptors import Descriptors
from muso.represent.encoding import Encoding
from muso.represent.expression import Expression
from muso.represent.file_facts import FileFacts
from muso.represent.logmel import LogMel
from muso.represent.mel_picture import MelPicture
from muso.represent.ngrams import NGrams
from muso.represent.notes import Notes
from muso.represent.pianoroll import PianoRoll
from muso.represent.picture_timbre import PictureTimbre
from muso.represent.pixels import Pixels
from muso.represent.spectrogram import Spectrogram
from muso.represent.texture import Texture
from muso.represent.timbre import Timbre
from muso.represent.view import View
from muso.represent.words import Words

VIEWS: dict[str, type[View]] = {
    view.name: view
    for view in (
        PianoRoll, Descriptors, NGrams, Spectrogram, LogMel, Timbre, PictureTimbre, Bands,
        MelPicture, Pixels, CoverDescriptors,
        DescriptorSteps, FileFacts, Texture, Expression,
    )
}  # fmt: skip
"""Every view by name. A new view is one file and one entry here."""

ENCODINGS: dict[str, type[Encoding]] = {encoding.name: encoding for encoding in (Words, Notes)}
"""Every encoding by name. A new one is one file and one entry here."""
