"""Earlier studies, run again: what each claimed, and what is true."""

from muso.learn.studies.composer import COMPOSER
from muso.learn.studies.cover import COVER
from muso.learn.studies.genre import GENRE
from muso.learn.studies.mood import MOOD
from muso.learn.studies.study import Study
from muso.learn.studies.style import STYLE

STUDIES: dict[str, Study] = {study.name: study for study in (COMPOSER, GENRE, MOOD, STYLE, COVER)}
"""Every study by name. A new one is one file and one entry here."""
