"""Earlier studies: what they claimed, run again."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from muso.errors import UsageError
from muso.music.files import StrPath
from muso.progress import Listener, silent
from muso.service.composing import compose_unasked

if TYPE_CHECKING:
    from muso.learn.studies.reproduction import Cell
    from muso.learn.studies.study import Study
    from muso.music.score import Score

BUDGET = 120.0


def studies() -> dict[str, Study]:
    """Every earlier study that can be reproduced, by name.

    >>> "composer" in studies()
    True
    """
    from muso.learn.studies import STUDIES

    return dict(STUDIES)


def reproduce(
    study: str,
    data: StrPath | None = None,
    *,
    budget: float = BUDGET,
    only: Sequence[str] = (),
    listener: Listener = silent,
) -> list[Cell]:
    """A study's table: what it claimed, ours under its protocol, and the honest number.

    Args:
        study: a name of `studies`.
        data: what its experiments read; without it the table is of records alone, the user's own
            before shipped ones.
        budget: minutes that all experiments may take together, above 0.
        only: names of experiments; all without any.
        listener: told of progress.

    Raises:
        UsageError: no such study or experiment. MissingFile: no data there. MissingExtra: the
        training packages are not installed. CorpusError: the data is not what the study needs.

    >>> reproduce("composed")
    Traceback (most recent call last):
    ...
    muso.errors.UsageError: there is no study 'composed'; did you mean 'composer'?
    """
    known = studies()
    if study not in known:
        near = get_close_matches(study, known, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
        raise UsageError(f"there is no study {study!r}; {hint}")
    from muso.learn.studies import reproduction

    if data is None:
        return reproduction.tabulate(known[study], only)
    from muso.service.models import workshop

    workshop("training")
    run: Any = reproduction.reproduce
    cells: list[Cell] = run(
        known[study],
        data,
        budget=budget,
        only=only,
        listener=listener,
        composer=_composed,
        unasked=compose_unasked,
    )
    return cells


def _composed(bundle: Path, notes: int, seed: int) -> Score:
    from muso.compose.request import ComposeRequest
    from muso.service.composing import compose

    return compose(ComposeRequest(bundle=str(bundle), notes=notes, seed=seed)).score
