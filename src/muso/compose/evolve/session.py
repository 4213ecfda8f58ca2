"""A breeding session on disk: nothing that was acknowledged is ever lost.

A session is a folder. `session.jsonl` holds one record a line, only ever added to and on the
disk before a call returns: the form, each generation's genomes with their parents, each rating,
choice, saved phrase and undoing. `phrases/` holds every generation's music, named by
generation, number (from 1) and rating: `g003-p07-r4.mid`.
"""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from muso.compose.evolve.generation import auto, start, step
from muso.compose.evolve.genome import Form, Genomes, decode
from muso.compose.evolve.journal import Journal, Record, encode_record
from muso.compose.evolve.opinions import Predictor
from muso.compose.evolve.population import (
    Breeding,
    Population,
    Ratings,
    best,
    phrase_name,
    rated,
    save,
)
from muso.compose.evolve.replay import generation_record, replay
from muso.errors import UsageError
from muso.music.files import opening, whole
from muso.music.midi import write_score

FILE = "session.jsonl"
PHRASES = "phrases"
VERSION = 1
