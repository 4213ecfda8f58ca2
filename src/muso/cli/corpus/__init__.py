"""`muso corpus`"""

from __future__ import annotations

import click

from muso.cli.corpus.cleaning import clean
from muso.cli.corpus.copies import augment, sample
from muso.cli.corpus.covers import covers
from muso.cli.corpus.describing import describe
from muso.cli.corpus.manifests import import_, scan, split, works
from muso.cli.corpus.purity import purest


@click.group()
def corpus() -> None:
    """Collect, clean, describe and split collections.

    A corpus is a CSV of path, label, work and split that you can read and edit, or a folder
    whose folders are the labels.
    """


for command in (clean, scan, import_, works, describe, split, augment, sample, purest, covers):
    corpus.add_command(command)
