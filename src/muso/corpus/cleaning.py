"""From archives and folders as they are found to one folder a label.

Cleaning is planned first and carried out second. The plan is shown in a dry run; the source is
never changed; files that are there already are left alone, so a run that was interrupted is
finished by running it again.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from muso.corpus.archives import open_archive, read_member
from muso.corpus.folders import make_folder
from muso.corpus.names import LONGEST_BYTES, compared, fits, similar_names
from muso.corpus.placement import (
    Step,
    joined_folders,
    keep_apart,
    lift,
    put_in_folders,
    right_names,
    why_loose,
)
from muso.corpus.sources import find_files
from muso.errors import CorpusError, shown
from muso.music.files import opening, whole

TOO_LONG = (
    f"a name in its path is over {LONGEST_BYTES} bytes; unpack it by hand under a shorter one"
)
"""Why a file that no disk would take is left out."""


class MissingComposers(CorpusError):
    """Labels that were asked for have no piece. `names` lists them."""

    kind = "missing_composers"

    def __init__(self, names: Sequence[str], there: Sequence[str]) -> None:
        self.names = tuple(names)
        near = {name: _nearest(name, there) for name in names}
        told = (f"{name} (did you mean {near[name]}?)" if near[name] else name for name in names)
        super().__init__(
            f"no pieces of {', '.join(told)}; add some, correct the names in the table, or ask "
            "for fewer"
        )


@dataclass(frozen=True)
class Plan:
    """What cleaning will do.

    Attributes:
        source: what is cleaned; never changed.
        to: the new folder.
        steps: what is copied, by target.
        left_out: what is not, each with the reason.
        notes: what a person should know, as that two folders become one.
        proposals: names that may be one name spelled twice: the found one, and the other.
    """

    source: Path
    to: Path
    steps: tuple[Step, ...]
    left_out: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    proposals: tuple[tuple[str, str], ...]

    @property
    def labels(self) -> dict[str, int]:
        """How many files each label will have."""
        return dict(sorted(Counter(step.label for step in self.steps).items()))

    def lines(self) -> Iterator[str]:
        """The plan for people to read, a line at a time."""
        for step in self.steps:
            why = f"  ({'; '.join(step.reasons)})" if step.reasons else ""
            yield shown(f"{step.found.origin} → {step.target}{why}")
        for origin, reason in self.left_out:
            yield shown(f"{origin} left out: {reason}")
        yield from map(shown, self.notes)
        for found, name in self.proposals:
            yield shown(f"is {found!r} the same as {name!r}? If so, add it to the corrections")


def plan_clean(
    source: str | os.PathLike[str],
    to: str | os.PathLike[str],
    *,
    corrections: Mapping[str, str] | None = None,
    wanted: Sequence[str] = (),
) -> Plan:
    """Plan how to make one folder a label of an archive or a folder.

    Zip archives are unpacked, wherever they lie; what they hold of a label's files is not copied
    again, whatever its name. Folders around all others are lifted (`muso.corpus.placement.lift`),
    as is a folder of the same name in another. Folders that differ in case, accents or
    punctuation alone become one. Loose files go to the folder of their first word. Suffixes are
    put in lower case.

    Args:
        source: a zip archive, or a folder; it is not changed.
        to: the new folder; not in `source`.
        corrections: from `read_corrections` of folders: right names for them and for first words.
        wanted: labels that must be there.

    Raises:
        MissingComposers: a wanted label is not there. CorpusError: nothing to clean, or `to`
            lies in `source`. FileError: `source` can't be read, or is not safe to unpack.

    >>> plan = plan_clean("examples", "cleaned", corrections={"bach": "Bach, J. S."})
    >>> plan.labels["Bach, J. S."]
    3
    """
    start = Path(os.path.abspath(source))  # noqa: PTH100 - resolve() would follow links
    end = Path(os.path.abspath(to))  # noqa: PTH100
    if end == start or start in end.parents:
        raise CorpusError(f"{shown(end)} lies in {shown(start)}; choose a folder outside of it")
    files, left_out = find_files(start)
    if not files:
        raise CorpusError(f"{shown(start)}: no scores, clips or covers in it; name another place")
    table = dict(corrections or {})
    lifted = lift([Step(found, found.name) for found in files], table)
    notes = joined_folders(right_names([step.label for step in lifted], table))
    placed = put_in_folders(lifted, table)
    loose = [(step.found.origin, why_loose(step)) for step in placed if not step.label]
    apart, double = keep_apart([step for step in placed if step.label])
    steps = [step for step in apart if _fits(step)]
    too_long = [(step.found.origin, TOO_LONG) for step in apart if not _fits(step)]
    settled = {compared(name) for name in table.values()}
    proposals = [
        pair
        for pair in similar_names(step.label for step in steps)
        if not {compared(name) for name in pair} <= settled
    ]
    left_out = [*left_out, *loose, *double, *too_long]
    plan = Plan(start, end, tuple(steps), tuple(left_out), tuple(notes), tuple(proposals))
    _require(wanted, plan)
    return plan


def apply_plan(plan: Plan, progress: Callable[[int, int], None] | None = None) -> int:
    """Carry out a plan; what is there already stays as it is.

    Args:
        plan: from `plan_clean`.
        progress: told how many of how many steps are done.

    Returns:
        how many files were written.

    Raises:
        CorpusError: a file of another content stands where one belongs. FileError: one can't be
            read or written.
    """
    make_folder(plan.to)
    written = 0
    for done, (step, content) in enumerate(_contents(plan.steps)):
        target = plan.to / step.target
        if not _there(target, content):
            make_folder(target.parent)
            with whole(target) as unfinished:
                unfinished.write_bytes(content)
            written += 1
        if progress is not None:
            progress(done + 1, len(plan.steps))
    return written


def _contents(steps: Sequence[Step]) -> Iterator[tuple[Step, bytes]]:
    """Every step with what it copies, archive by archive, so that each is opened once."""
    packed: dict[tuple[Path, tuple[int, ...]], list[tuple[Step, int]]] = {}
    for step in steps:
        found = step.found
        if found.index is None:
            with opening(found.source):
                content = found.source.read_bytes()
            yield step, content
        else:
            packed.setdefault((found.source, found.archives), []).append((step, found.index))
    for (source, archives), own in packed.items():
        with open_archive(source, archives) as archive:
            for step, index in own:
                yield step, read_member(archive, index, source)


def _there(target: Path, content: bytes) -> bool:
    with opening(target):
        if not target.exists():
            return False
        if target.stat().st_size == len(content) and target.read_bytes() == content:
            return True
    raise CorpusError(
        f"{shown(target)} is there already and holds something else; choose an empty folder"
    )


def _fits(step: Step) -> bool:
    return all(map(fits, step.target.split("/")))


def _require(wanted: Sequence[str], plan: Plan) -> None:
    there = {compared(label) for label in plan.labels}
    missing = [name for name in wanted if compared(name) not in there]
    if missing:
        raise MissingComposers(missing, list(plan.labels))


def _nearest(name: str, there: Sequence[str]) -> str:
    pairs = similar_names([name, *there])
    return next((one for pair in pairs if name in pair for one in pair if one != name), "")
