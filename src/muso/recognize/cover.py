"""The genre of an album cover.

Decisions, with their reasons in docs/covers.md: the whole picture is looked at, small, both as it
is and as measures of its colours and shapes; training varies size, detail and colour, so that what
a catalogue's scans left in them says little. The views, networks and their averaging stand in
the recipe `cover`.
"""

from muso.recognize.task import Task

COVER = Task(
    name="cover_genre",
    media="cover",
    says="what genre a cover belongs to",
    bundle="cover.1",
    recipe="cover",
)
