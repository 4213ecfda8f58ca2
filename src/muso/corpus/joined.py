"""Names joined into sets."""

from __future__ import annotations


class Joined:
    """Names joined into sets, each known by its lowest member.

    >>> joined = Joined()
    >>> joined.join("b", "c")
    >>> joined.join("a", "b")
    >>> joined.first("c"), joined.first("d")
    ('a', 'd')
    """

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def first(self, name: str) -> str:
        """The lowest of the names that `name` is joined with; itself where it is alone."""
        path = []
        while name in self._above:
            path.append(name)
            name = self._above[name]
        for passed in path:
            self._above[passed] = name
        return name

    def join(self, one: str, other: str) -> None:
        """Make the sets of two names one."""
        low, high = sorted((self.first(one), self.first(other)))
        if low != high:
            self._above[high] = low
