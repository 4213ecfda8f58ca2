"""A breeding session as the page shows it: phrases, what the ear expects, the family tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydantic import BaseModel, Field

from muso.compose.evolve.generation import FEWEST_VERDICTS, next_pair
from muso.compose.evolve.genome import Form
from muso.compose.evolve.population import Population, agreement, listen
from muso.music.midi import format_score
from muso.studio.notation import Notes
from muso.studio.state import Studio
from muso.studio.work import notes_of

if TYPE_CHECKING:
    from muso.compose.evolve.session import Session


class Phrase(BaseModel):
    """One phrase of a generation."""

    number: int
    row: int
    name: str
    origin: str
    parents: list[str]
    stars: int | None
    expected: float | None = Field(description="Stars the ear expected before it was heard.")
    unsure: float | None
    saved: bool
    piece: str
    music: Notes


class Heard(BaseModel):
    """A phrase of any generation: its music."""

    name: str
    piece: str
    music: Notes


class State(BaseModel):
    """A session as it stands."""

    name: str
    seed: int
    generation: int
    form: Form
    verdicts: int
    verdicts_needed: int = Field(description="Before generations are bred unattended.")
    agreement: float | None = Field(description="Share of pairs the ear foretold; chance is 0.5.")
    phrases: list[Phrase]
    pair: tuple[int, int] | None


class Node(BaseModel):
    """A phrase in the family tree."""

    row: int
    name: str
    born: int
    parents: list[int]
    origin: str
    stars: int | None
    expected: float | None
    current: bool


def state_of(here: Studio, session: Session, name: str, pairs: bool) -> State:
    """A session as the page shows it; in pairwise mode with the two to compare."""
    population = session.population
    return State(
        name=name,
        seed=session.seed,
        generation=population.generation,
        form=population.form,
        verdicts=len(population.verdicts),
        verdicts_needed=FEWEST_VERDICTS,
        agreement=agreement(population),
        phrases=[_phrase(here, population, number) for number in range(len(population))],
        pair=next_pair(population) if pairs else None,
    )


def _phrase(here: Studio, population: Population, number: int) -> Phrase:
    row = population.row(number)
    score = population.score(number)
    return Phrase(
        number=number,
        row=row,
        name=population.name(row),
        origin=population.origins[row],
        parents=[population.name(one) for one in population.parents[row].tolist() if one >= 0],
        stars=_whole(population.stars[row]),
        expected=_shown(population.expected[row]),
        unsure=_shown(population.unsure[row]),
        saved=row in population.saved,
        piece=here.files.add(format_score(score), ".mid"),
        music=Notes(**notes_of(score)),
    )


def tree_of(population: Population) -> list[Node]:
    """Every phrase there was, as the family tree shows it."""
    current = set(population.current.tolist())
    ear = (
        listen(population).opinion(population.genomes).expected
        if len(population.verdicts)
        else None
    )
    return [
        Node(
            row=row,
            name=population.name(row),
            born=int(population.born[row]),
            parents=[one for one in population.parents[row].tolist() if one >= 0],
            origin=population.origins[row],
            stars=_whole(population.stars[row]),
            expected=None if ear is None else _shown(ear[row]),
            current=row in current,
        )
        for row in range(len(population.genomes))
    ]


def _whole(stars: float) -> int | None:
    return int(stars) if np.isfinite(stars) else None


def _shown(value: float) -> float | None:
    return round(float(value), 2) if np.isfinite(value) else None
