"""Pictures of music: piano rolls as PNG, SVG and text, spectrograms as PNG."""

from muso.music.picture.roll import piano_roll_png, piano_roll_svg
from muso.music.picture.spectrogram import spectrogram_png
from muso.music.picture.terminal import piano_roll_text

__all__ = ["piano_roll_png", "piano_roll_svg", "piano_roll_text", "spectrogram_png"]
