"""Names of people and of folders, as they are spelled and misspelled."""

from __future__ import annotations

import csv
import io
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from difflib import SequenceMatcher
from pathlib import PureWindowsPath

from muso.errors import CorpusError, shown
from muso.music.files import read_bytes, whole

MAX_TABLE_BYTES = 16 * 2**20

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+(?![^\W_]))*")

# Letters that Unicode does not take apart into a base and an accent.
_PLAIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i"})

ALIKE = 0.8
"""How alike two names must be to be proposed as one: two letters of ten may differ, or change
places with their neighbours."""

SPELLED_OUT = 3
"""Letters from which on a word is no initial."""

LONGEST_BYTES = 255
"""Of the name of a file or a folder, on most disks."""

_NO_NAME = re.compile(r"[/\\\x00-\x1f\x7f]|^\.")


def plain(name: str) -> str:
    """`name` without case, accents and punctuation, as it is compared.

    >>> plain("Dvořák, A."), plain("SAINT-SAËNS") == plain("Saint Saens")
    ('dvorak a', True)
    """
    decomposed = unicodedata.normalize("NFKD", name).casefold().translate(_PLAIN)
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(re.findall(r"[^\W_]+", bare))


def compared(name: str) -> str:
    """`name` as folders are told apart: `plain`, or all of it where that leaves nothing.

    >>> compared("Bach!"), compared("---")
    ('bach', '---')
    """
    return plain(name) or name


def first_word(file_name: str) -> str:
    """The first word of a file's name: letters, inner hyphens and apostrophes.

    >>> [first_word(n) for n in ("Saint-Saens_swan.mid", "01 Bach - Air.mid", "bach-bwv1.mid")]
    ['Saint-Saens', 'Bach', 'bach']
    """
    stem = file_name.rpartition(".")[0] or file_name
    found = _WORD.search(stem)
    return found.group() if found else ""


def spellings(names: Iterable[str], key: Callable[[str], str] = plain) -> dict[str, str]:
    """For names of one `key` (differing in case, accents or punctuation): the commonest spelling.

    >>> spellings(["Bach", "BACH", "Bach", "Liszt"])
    {'Bach': 'Bach', 'BACH': 'Bach', 'Liszt': 'Liszt'}
    """
    counts = Counter(names)
    best: dict[str, str] = {}
    # Among equally common ones the one that is not all capitals, then the first by letter.
    for name in sorted(counts, key=lambda name: (-counts[name], name.isupper(), name)):
        best.setdefault(key(name) or name, name)
    return {name: best[key(name) or name] for name in counts}


def similar_names(names: Iterable[str]) -> list[tuple[str, str]]:
    """Pairs of names that may be one name spelled twice, the rarer or longer first.

    Differences in case, accents, order of words and single letters count as alike, and so does
    a name of which the other has every word; initials stand for words.

    >>> similar_names(["Rachmaninov", "Rachmaninoff", "Bach", "Liszt", "Listz"])
    [('Listz', 'Liszt'), ('Rachmaninoff', 'Rachmaninov')]
    >>> similar_names(["Bach, J. S.", "Johann Sebastian Bach", "Bach, C. P. E."])
    [('Johann Sebastian Bach', 'Bach, J. S.')]
    """
    counts = Counter(names)
    kept = sorted(counts)
    keys = {name: " ".join(sorted(compared(name).split())) for name in kept}
    found = []
    for index, name in enumerate(kept):
        for other in kept[index + 1 :]:
            if _alike(keys[name], keys[other]) or _shortened(keys[name], keys[other]):
                rare, common = sorted((name, other), key=lambda n: (counts[n], -len(n), n))
                found.append((rare, common))
    return sorted(found)


def same_words(one: str, other: str) -> bool:
    """Whether each word of one name is or stands for one of the other's, and none is left over.

    Who has the words of another and one more may be somebody else: a son, a brother, a wife.

    >>> same_words("Johann Sebastian Bach", "Bach, J. S."), same_words("C. P. E. Bach", "Bach")
    (True, False)
    """
    words, others = compared(one).split(), compared(other).split()
    return (
        len(words) == len(others)
        and all(any(_one_word(word, its) for its in others) for word in words)
        and all(any(_one_word(its, word) for word in words) for its in others)
    )


def last_names(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Each name and the one it gives way to, past those that give way themselves.

    A table of corrections is looked up once a name.

    >>> last_names([("J. S. Bach", "J. Bach"), ("J. Bach", "Bach")])
    {'J. S. Bach': 'Bach', 'J. Bach': 'Bach'}
    """
    given = dict(pairs)
    for found, name in given.items():
        while name in given:
            name = given[name]
        given[found] = name
    return given


def _alike(one: str, other: str) -> bool:
    if one == other:
        return True
    shorter, longer = sorted((len(one), len(other)))
    # The ratio can't exceed this bound, which is cheap.
    if shorter < 4 or 2 * shorter < ALIKE * (shorter + longer):
        return False
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= ALIKE


def _shortened(one: str, other: str) -> bool:
    """Whether one name has every word of the other, at least one of them spelled out."""
    fewer, more = sorted((one.split(), other.split()), key=len)
    if not any(len(word) >= SPELLED_OUT for word in set(fewer) & set(more)):
        return False
    return all(any(_stands_for(word, its) for its in more) for word in fewer)


def _one_word(one: str, other: str) -> bool:
    return _stands_for(one, other) or _alike(one, other)


def _stands_for(one: str, other: str) -> bool:
    initial, word = sorted((one, other), key=len)
    # Two initials are one or not: I and II are father and son.
    shortened = len(initial) < SPELLED_OUT <= len(word) and word.startswith(initial)
    return one == other or shortened


def fits(name: str) -> bool:
    """Whether a disk takes a name of so many bytes.

    >>> fits("ä" * 127), fits("ä" * 128)
    (True, False)
    """
    return len(name.encode("utf-8", "surrogateescape")) <= LONGEST_BYTES


def read_corrections(path: str | os.PathLike[str], *, of_folders: bool = False) -> dict[str, str]:
    """Read a table of corrected names: a CSV with the columns `found` and `name`.

    Names are looked up as `compared` sees them. An empty name means that what is found is no
    name: such a folder gives way to the folders in it, such a loose file is left out. Rows that
    don't say what is found say nothing.

    Args:
        path: the table.
        of_folders: whether the names will be folders, so that each must be fit for one.

    Returns:
        the right name for each found one.

    Raises:
        CorpusError: no such columns, two names for one, or a name that no folder can have.

    >>> import pathlib, tempfile
    >>> table = pathlib.Path(tempfile.mkdtemp(), "names.csv")
    >>> write_corrections({"Haendel": "Handel"}, table)
    >>> read_corrections(table)
    {'haendel': 'Handel'}
    """
    text = read_bytes(path, MAX_TABLE_BYTES).decode("utf-8-sig", "surrogateescape")
    reader = csv.DictReader(io.StringIO(text, newline=""), restval="")
    if not {"found", "name"} <= set(reader.fieldnames or ()):
        raise CorpusError(f"{shown(path)}: a table of names needs the columns found,name")
    table: dict[str, str] = {}
    for row in reader:
        found, name = compared(row["found"].strip()), row["name"].strip()
        if not found:
            continue
        if of_folders and not _fit_for_folder(name):
            raise CorpusError(
                f"{shown(path)}, line {reader.line_num}: {name!r} can't name a folder; write a "
                "name without /, \\, a drive, a leading dot or control characters, of at most "
                f"{LONGEST_BYTES} bytes"
            )
        if table.setdefault(found, name) != name:
            raise CorpusError(
                f"{shown(path)}: {row['found']!r} has two names, {table[found]!r} and {name!r}; "
                "keep one"
            )
    return table


def _fit_for_folder(name: str) -> bool:
    return fits(name) and not _NO_NAME.search(name) and not PureWindowsPath(name).drive


def write_corrections(names: Mapping[str, str], path: str | os.PathLike[str]) -> None:
    """Write a table of corrected names, to be looked through and edited by a person."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([("found", "name"), *names.items()])
    with whole(path) as unfinished:
        unfinished.write_bytes(text.getvalue().encode("utf-8", "surrogateescape"))
