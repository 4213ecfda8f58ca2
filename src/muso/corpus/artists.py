"""Artists as tags spell them: names that are nobody's, and names that are one artist's."""

from __future__ import annotations

import re
from collections.abc import Iterable

from muso.corpus.joined import Joined
from muso.corpus.names import plain, spellings

NOBODY = frozenset({
    "", "unknown", "unknown artist", "unbekannt", "unbekannter interpret", "unbekannter kunstler",
    "artiste inconnu", "various", "various artists", "various performers", "va", "v a", "diverse",
    "diverse interpreten", "diverse kunstler", "verschiedene", "verschiedene interpreten",
    "verschiedene kunstler", "divers", "artistes divers", "artistes varies", "varios",
    "varios artistas", "artisti vari", "vari artisti", "aa vv", "artist", "no artist", "none", "na",
    "n a", "compilation", "soundtrack", "original soundtrack", "ost",
})  # fmt: skip
"""Artists that are none, as `plain` sees them."""

_WORDS = "with|and|vs|versus"
# An x joins two artists unless it ends the name of the first.
_BETWEEN = re.compile(
    rf"[;/|,&+]|[\s(\[](?:{_WORDS})\b|\sx\s+(?=\w)(?!(?:{_WORDS}|x)\b)", re.IGNORECASE
)


def one_artist(names: Iterable[str]) -> dict[str, str]:
    """For each name the artist it belongs to, by the commonest spelling among that artist's.

    Names are one artist's if their first-named is the same, if they name the same artists in a
    row, however joined, or if one is the other's last name first ("Clapton, Eric"). Case, accents,
    punctuation, spaces and "the" make no difference. That takes some for one who are not, such as
    "Smith, Patti" and "Smith, Elliott": it costs a split little, where an artist on two sides of
    it would be a leak.

    >>> one_artist(["Jay-Z", "Jay-Z", "JAY Z & Kanye West", "Kanye West"])
    {'Jay-Z': 'Jay-Z', 'JAY Z & Kanye West': 'Jay-Z', 'Kanye West': 'Kanye West'}
    >>> one_artist(["Eric Clapton", "Clapton, Eric", "Eric Clapton"])
    {'Eric Clapton': 'Eric Clapton', 'Clapton, Eric': 'Eric Clapton'}
    """
    found = list(names)
    joined = Joined()
    for name in set(found):
        first, *others = _told_by(name)
        for other in others:
            joined.join(first, other)
    return spellings(found, lambda name: joined.first(_told_by(name)[0]))


def _told_by(name: str) -> tuple[str, ...]:
    """What tells an artist: the first-named, all in a row, and the first two the other way."""
    named = [_bare(part) for part in _BETWEEN.split(name) if plain(part) not in NOBODY]
    if not named:
        return (name,)
    return named[0], "".join(named), "".join(named[1::-1])


def _bare(name: str) -> str:
    words = plain(name).split()
    return "".join(word for word in words if word != "the") or "".join(words)
