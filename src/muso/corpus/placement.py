"""Where files go when one folder a label is made of what was found."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from muso.corpus.folders import top_folder
from muso.corpus.names import compared, first_word, spellings
from muso.corpus.sources import Found


@dataclass(frozen=True)
class Step:
    """One file to be copied.

    Attributes:
        found: where it is.
        target: where it goes, below the new folder, with `/`; without one it has no label yet.
        reasons: why it goes there, if that is not where it was.
    """

    found: Found
    target: str
    reasons: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The folder it goes to."""
        return top_folder(self.target)

    def moved(self, target: str, reason: str) -> Step:
        """The same file with another target, and why."""
        return replace(self, target=target, reasons=(*self.reasons, reason))


def lift(steps: Sequence[Step], table: Mapping[str, str]) -> list[Step]:
    """Take away folders that are no labels but wrapped around them.

    These are: one the table gives an empty name; one around everything, or one around one around
    everything, while several folders remain in it and at most one file lies beside it; one of an
    archive's own around folders that are labels elsewhere; those of archives that are numbered
    parts of one collection. What the table gives a name is a label and stays.
    """
    while True:
        steps = [_lift_nameless(step, table) for step in steps]
        around = _around_all(steps, table)
        depths = dict.fromkeys(_by_archive(steps), around) if around else {}
        depths = depths or _around_labels(steps, table) or _numbered_parts(steps, table)
        if not depths:
            return steps
        steps = [_lifted(step, depths.get(step.found.archive, 0)) for step in steps]


def put_in_folders(steps: Sequence[Step], table: Mapping[str, str]) -> list[Step]:
    """Put every file in the folder of its label, loose ones by the first word of their names.

    What still has no label then is a loose file whose first word is none.
    """
    right = right_names([step.label for step in steps], table)
    known = {compared(name): name for name in right.values()}
    placed = []
    for step in steps:
        if step.label:
            placed.append(_in_its_folder(step, right[step.label]))
            continue
        word = first_word(step.target)
        name = _name_of(word, table, known)
        if name:
            known.setdefault(compared(name), name)
            step = step.moved(f"{name}/{step.target}", f"loose, first word {word!r}")
        placed.append(step)
    return placed


def right_names(folders: Sequence[str], table: Mapping[str, str]) -> dict[str, str]:
    """The right name of each folder: from the table, else its commonest spelling.

    >>> right_names(["Bach", "bach", "BACH", "Bach", "Haendel"], {"haendel": "Handel"})
    {'Bach': 'Bach', 'bach': 'Bach', 'BACH': 'Bach', 'Haendel': 'Handel'}
    """
    first = {folder: table.get(compared(folder), folder).strip() for folder in folders if folder}
    spelled = spellings(first[folder] for folder in folders if folder)
    # What a person wrote in the table is right, however common another spelling is.
    written = {compared(name): name for name in table.values()}
    return {folder: written.get(compared(name), spelled[name]) for folder, name in first.items()}


def joined_folders(right: Mapping[str, str]) -> list[str]:
    """What to say about folders that become one.

    >>> joined_folders({"Bach": "Bach", "bach": "Bach", "Liszt": "Liszt"})
    ["the folders 'Bach', 'bach' differ in case alone and become 'Bach'"]
    """
    notes = []
    for name in sorted(set(right.values())):
        own = sorted(folder for folder, its in right.items() if its == name)
        if len(own) > 1:
            case = len({folder.casefold() for folder in own}) == 1
            why = "differ in case alone and become" if case else "become"
            notes.append(f"the folders {', '.join(map(repr, own))} {why} {name!r}")
    return notes


def keep_apart(steps: Sequence[Step]) -> tuple[list[Step], list[tuple[str, str]]]:
    """Steps that don't overwrite each other, also where case does not tell names apart.

    Returns:
        the steps, and what is left out because the same file is there already, with the reason:
        by that name, or what an archive holds by any name of its label. An archive of which
        everything is there is named as a whole.
    """
    taken: dict[str, Found] = {}
    sizes: dict[tuple[str, int], list[Found]] = {}
    kept: list[Step] = []
    double: list[tuple[Found, str]] = []
    # Plain files before packed ones, so that leftover archives give way.
    for step in sorted(steps, key=lambda s: (bool(s.found.archive), s.target, s.found.origin)):
        stem, _, suffix = step.target.rpartition(".")
        if suffix != suffix.lower():
            step = step.moved(f"{stem}.{suffix.lower()}", f".{suffix} in lower case")
        target, number = step.target, 1
        while (other := taken.get(target.casefold())) and not other.same_as(step.found):
            number += 1
            target = f"{stem}-{number}.{suffix.lower()}"
        alike = sizes.setdefault((step.label, step.found.size), [])
        other = other or next((one for one in alike if _left_over(step.found, one)), None)
        if other:
            double.append((step.found, f"the same file as {other.origin}"))
            continue
        alike.append(step.found)
        if number > 1:
            step = step.moved(target, "another file has that name")
        taken[target.casefold()] = step.found
        kept.append(step)
    return sorted(kept, key=lambda step: step.target), _leftovers(double, kept)


def why_loose(step: Step) -> str:
    """Why a file without a label has none."""
    word = first_word(step.target)
    if word:
        return f"loose, and the corrections say that {word!r} is no name"
    return "loose, and its name has no first word"


def _below(target: str) -> str:
    return target.partition("/")[2]


def _lifted(step: Step, depth: int) -> Step:
    for _ in range(depth):
        if step.label:
            step = step.moved(_below(step.target), f"{step.label!r} lifted")
    return step


def _around_all(steps: Sequence[Step], table: Mapping[str, str]) -> int:
    """How many folders lie around everything, one in another; 0 if no several are in them."""
    depth, targets = 0, [step.target for step in steps]
    while len(tops := {top_folder(target) for target in targets} - {""}) == 1:
        loose = [target for target in targets if "/" not in target]
        top = compared(tops.pop())
        # A stray file of the folder's own name tells that it is a label.
        named = any(compared(first_word(name)) == top for name in loose)
        if named or len(loose) > 1 or table.get(top):
            return 0
        depth, targets = depth + 1, [_below(target) for target in targets if "/" in target]
    return depth if tops else 0


def _around_labels(steps: Sequence[Step], table: Mapping[str, str]) -> dict[str, int]:
    """For each archive: how deep most of it lies in folders that are labels elsewhere too."""
    archives = _by_archive(steps)
    labels = {archive: {compared(step.label) for step in own} for archive, own in archives.items()}
    places = Counter(label for own in labels.values() for label in own if label)
    depths = {}
    for archive, own in archives.items():
        folders = [_folders(step) for step in own]
        for depth, wrapper in enumerate([*_wrappers(own), ""]):
            inner = [names[depth] for names in folders if len(names) > depth]
            if 2 * sum(places[name] > (name in labels[archive]) for name in inner) > len(own):
                depths[archive] = depth
                break
            if table.get(wrapper):
                break
    return {archive: depth for archive, depth in depths.items() if depth}


def _numbered_parts(steps: Sequence[Step], table: Mapping[str, str]) -> dict[str, int]:
    """1 for each archive in a folder that is told from another's by a number, as set1 and set2."""
    parts: dict[str, list[str]] = {}
    archives = _by_archive([step for step in steps if step.found.archive])
    for archive, own in archives.items():
        wrapper = next(iter(_wrappers(own)), "")
        name = re.sub(r"[\d ]", "", wrapper)
        # The 1980s and the 1990s are labels.
        if name != wrapper.replace(" ", "") and len(name) > 1 and not table.get(wrapper):
            parts.setdefault(name, []).append(archive)
    return {
        archive: 1
        for together in parts.values()
        if len(together) > 1
        and len({top_folder(_below(s.target)) for a in together for s in archives[a]} - {""}) > 1
        for archive in together
    }


def _wrappers(steps: Sequence[Step]) -> list[str]:
    """The folders around all of `steps`, the outermost first."""
    levels = zip(*map(_folders, steps), strict=False)
    return [level[0] for level in takewhile(lambda level: len(set(level)) == 1, levels)]


def _folders(step: Step) -> list[str]:
    """The folders that a file would lie in, the outermost first, as names are compared."""
    return [compared(name) for name in step.target.split("/")[:-1]]


def _by_archive(steps: Sequence[Step]) -> dict[str, list[Step]]:
    """`steps` by the archive they lie in; plain files by the empty name."""
    groups: dict[str, list[Step]] = {}
    for step in steps:
        groups.setdefault(step.found.archive, []).append(step)
    return groups


def _left_over(found: Found, other: Found) -> bool:
    """Whether a packed file is there already, unpacked or in another archive."""
    return bool(found.archive) and found.archive != other.archive and found.same_as(other)


def _lift_nameless(step: Step, table: Mapping[str, str]) -> Step:
    while step.label and table.get(compared(step.label)) == "":
        step = step.moved(_below(step.target), f"{step.label!r} is no name")
    return step


def _in_its_folder(step: Step, name: str) -> Step:
    label, rest = step.label, _below(step.target)
    reasons = step.reasons
    while (inner := top_folder(rest)) and compared(inner) in (compared(label), compared(name)):
        reasons, rest = (*reasons, f"{inner!r} within itself"), _below(rest)
    if name != label:
        reasons = (*reasons, f"{label!r} is {name!r}")
    return replace(step, target=f"{name}/{rest}", reasons=reasons)


def _name_of(word: str, table: Mapping[str, str], known: Mapping[str, str]) -> str:
    """The label of a loose file by its first word; of `bach-invention` also by `bach`."""
    for part in (word, word.partition("-")[0]):
        if compared(part) in table:
            return table[compared(part)]
        if compared(part) in known:
            return known[compared(part)]
    return word


def _leftovers(double: Sequence[tuple[Found, str]], kept: Sequence[Step]) -> list[tuple[str, str]]:
    of_archive = Counter(found.archive for found, _ in double if found.archive)
    for step in kept:
        of_archive.pop(step.found.archive, None)
    whole = [
        (name, f"left over: its {'file is' if n == 1 else f'{n:,} files are'} there")
        for name, n in of_archive.items()
    ]
    rest = [(f.origin, reason) for f, reason in double if f.archive not in of_archive]
    return [*whole, *rest]
