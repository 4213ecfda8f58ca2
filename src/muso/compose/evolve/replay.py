"""A session's records to populations and back."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from muso.compose.evolve.genome import Form, read_genome, write_genome
from muso.compose.evolve.journal import Contents, Record, damaged
from muso.compose.evolve.population import Breeding, Population, Ratings, rated, save
from muso.errors import MusoError, WrongFormat

VERSION = 1


@dataclass(frozen=True)
class Replayed:
    """What a session's records amount to.

    Attributes:
        seed: of its draws.
        states: its populations; the last is now, the others can be gone back to.
        records: those that led there, the first generation's first.
        hears: what else its ear listens by, kind to bundle.
    """

    seed: int
    states: tuple[Population, ...]
    records: tuple[Record, ...]
    hears: Mapping[str, str]


def header(seed: int, form: Form, breeding: Breeding, hears: Mapping[str, str]) -> Record:
    """The first record of a session."""
    return {
        "what": "session",
        "version": VERSION,
        "seed": seed,
        "form": asdict(form),
        "breeding": asdict(breeding),
        "hears": dict(hears),
    }


def generation_record(population: Population) -> Record:
    """The record of a generation: its phrases' rows, and all of those that are new in it."""
    new = np.flatnonzero(population.born == population.generation).tolist()
    return {
        "what": "generation",
        "generation": population.generation,
        "current": population.current.tolist(),
        "phrases": [
            {
                "row": row,
                "genome": write_genome(population.genomes[row]),
                "parents": population.parents[row].tolist(),
                "origin": population.origins[row],
                "expected": _number(population.expected[row]),
                "unsure": _number(population.unsure[row]),
            }
            for row in new
        ],
    }


def _number(stars: float) -> float | None:
    return None if np.isnan(stars) else float(stars)


def replay(contents: Contents, path: str | os.PathLike[str], mending: bool = False) -> Replayed:
    """What the records of the session at `path` amount to.

    Args:
        contents: of the session's journal.
        path: names it in errors.
        mending: leave out what is broken or does not fit, instead of refusing it; after a lost
            generation nothing fits.

    Raises:
        WrongFormat: not a session, or one of a later muso. DamagedFile: a broken line.
    """
    if contents.broken and not mending:
        raise damaged(path, contents.broken[0], "its checksum is wrong")
    first = contents.records[0][1] if contents.records else {}
    if first.get("what") != "session":
        raise WrongFormat(path, "this is no breeding session", "give one that muso evolve made")
    if first.get("version") != VERSION:
        raise WrongFormat(path, "a later muso made this session", "update muso")
    try:
        form, breeding = Form(**first["form"]), Breeding(**first["breeding"])
        seed = int(first["seed"])
        hears = {str(kind): str(bundle) for kind, bundle in first["hears"].items()}
    except (MusoError, TypeError, KeyError, ValueError, AttributeError):
        raise damaged(path, 1, "its settings don't fit") from None
    states: list[Population] = []
    followed: list[Record] = []
    for line, record in contents.records[1:]:
        try:
            follow(states, record, form, breeding)
            followed.append(record)
        except (MusoError, TypeError, KeyError, ValueError, IndexError) as error:
            if not mending:
                raise damaged(path, line, f"it does not fit what comes before: {error}") from None
    if not states:
        raise damaged(path, 2, "the first generation is missing")
    return Replayed(seed, tuple(states), tuple(followed), hears)


def follow(states: list[Population], record: Record, form: Form, breeding: Breeding) -> None:
    """Carry out `record`: adds the population that it leads to, or takes the last one away.

    Raises:
        ValueError, KeyError, MusoError …: the record does not fit.
    """
    what = record["what"]
    if what == "generation":
        before = states[-1] if states else _nothing(form, breeding)
        states.append(_next_generation(before, record))
    elif what == "undo":
        if len(states) < 2:
            raise ValueError("nothing to undo")
        states.pop()
    elif what == "stars":
        states.append(rated(states[-1], Ratings({record["number"]: record["stars"]})))
    elif what == "choice":
        pair = (record["preferred"], record["other"])
        states.append(rated(states[-1], Ratings(choices=(pair,))))
    elif what == "save":
        states.append(save(states[-1], record["number"]))
    else:
        raise ValueError(f"unknown record {what!r}")


def _nothing(form: Form, breeding: Breeding) -> Population:
    """What the first generation follows."""
    none = np.zeros(0)
    rows = np.zeros(0, np.int64)
    return Population(
        form=form,
        breeding=breeding,
        generation=-1,
        current=rows,
        genomes=np.zeros((0, form.slots), np.uint8),
        parents=np.zeros((0, 2), np.int64),
        origins=(),
        born=rows,
        stars=none,
        choices=np.zeros((0, 2), np.int64),
        expected=none,
        unsure=none,
        opinions=np.zeros((0, 0)),
    )


def _next_generation(before: Population, record: Record) -> Population:
    phrases: list[dict[str, Any]] = record["phrases"]
    rows = [phrase["row"] for phrase in phrases]
    known = len(before.genomes)
    number = before.generation + 1
    if record["generation"] != number or rows != list(range(known, known + len(rows))):
        raise ValueError(f"generation {number} is missing")
    genomes = [read_genome(phrase["genome"], before.form) for phrase in phrases]
    current = np.array(record["current"], np.int64)
    if len(current) != before.breeding.size or not set(current.tolist()) <= set(
        range(known + len(rows))
    ):
        raise ValueError("its phrases are not those of the session")
    missing = np.full(len(phrases), np.nan)

    def told(name: str) -> Any:
        return [np.nan if phrase[name] is None else float(phrase[name]) for phrase in phrases]

    return replace(
        before,
        generation=number,
        current=current,
        genomes=np.concatenate([before.genomes, np.array(genomes).reshape(-1, before.form.slots)]),
        parents=np.concatenate(
            [before.parents, np.array([p["parents"] for p in phrases], np.int64).reshape(-1, 2)]
        ),
        origins=before.origins + tuple(str(phrase["origin"]) for phrase in phrases),
        born=np.append(before.born, np.full(len(phrases), number)),
        stars=np.append(before.stars, missing),
        expected=np.append(before.expected, told("expected")),
        unsure=np.append(before.unsure, told("unsure")),
        opinions=np.pad(before.opinions, [(0, len(phrases)), (0, 0)], constant_values=np.nan),
    )
