"""muso's own sound: instruments in numpy, and what plays scores on them."""

from muso.music.sound.player import Played, play
from muso.music.sound.rendering import SAMPLE_RATE, render, render_blocks, render_file

__all__ = ["SAMPLE_RATE", "Played", "play", "render", "render_blocks", "render_file"]
