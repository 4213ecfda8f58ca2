"""Human playing: a score's timing, loudness, tempo and pitch as a person might play them."""

from muso.music.humanize.performance import Moved, Performance, humanize

__all__ = ["Moved", "Performance", "humanize"]
