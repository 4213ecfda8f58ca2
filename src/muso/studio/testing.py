"""Listening tests: blind excerpts, and what their answers come to."""

from __future__ import annotations

import csv
import secrets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from muso.judge.answers import Answer, hear
from muso.progress import Progress
from muso.studio.jobs import progress_data

Tell = Callable[[Any], None]
Row = Mapping[str, Any]

FORMAT = "mp3"
"""Every browser plays it, those of phones too."""


def make(
    sources: Sequence[tuple[Path, str]], folder: Path, seconds: float, tell: Tell
) -> list[dict[str, Any]]:
    """Make the excerpts of a blind test in `folder`, under names that say nothing.

    Args:
        sources: each piece with its label. folder: of the test, to be made.
        seconds: of every excerpt; less where a piece is shorter.

    Returns:
        An item each, in the order of the test: the piece's path, its label, and a `code`, by
        which its file is called.
    """
    from muso import service

    def listener(progress: Progress) -> None:
        tell(("progress", progress_data(progress)))

    folder.mkdir(parents=True)
    corpus, key, sounds = folder / "pieces.csv", folder / "key.csv", folder / "excerpts"
    with corpus.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("path", "label"), *((str(p), label) for p, label in sources)])
    survey = service.make_survey(
        [corpus], sounds, key=key, length_s=seconds, format=FORMAT,
        seed=secrets.randbelow(2**31), listener=listener,
    )  # fmt: skip
    with key.open(newline="", encoding="utf-8") as file:
        rows = {row["piece"]: row for row in csv.DictReader(file)}
    items = []
    for name in survey.pieces:
        code = secrets.token_urlsafe(9)
        (sounds / f"{name}.{FORMAT}").rename(sounds / f"{code}.{FORMAT}")
        row = rows[name]
        items.append({"path": row["source"], "label": row["label"], "code": code})
    return items


def results(labels: Sequence[str], items: Sequence[Row], answers: Sequence[Row]) -> dict[str, Any]:
    """What the answers come to: shares with intervals, overall, by label and piece; confusion.

    >>> items = [{"number": 0, "label": "sad"}, {"number": 1, "label": "calm"}]
    >>> said = [{"listener": "a", "number": 0, "heard": "sad", "label": "sad"}]
    >>> results(["sad", "calm"], items, said)["confusion"]
    [[0, 0], [0, 1]]
    """
    found = {"labels": sorted(labels), "items": len(items), "chance": 1 / len(labels),
             "right": None, "intended": [], "by_piece": [], "confusion": None}  # fmt: skip
    if not answers:
        return found
    intended = {str(item["number"]): item["label"] for item in items}
    # Answers to choose from that are no piece's count as well: they make guessing harder.
    offered = {f"no piece is {label}": label for label in labels}
    given = [Answer(one["listener"], str(one["number"]), one["heard"]) for one in answers]
    heard = hear(given, intended | offered).as_dict()
    told = {name: heard[name] for name in ("right", "intended", "confusion")}
    return found | told | {"by_piece": heard["pieces"]}
