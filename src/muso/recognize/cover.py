"""The genre of an album cover.

Decisions, with their reasons in docs/covers.md: the whole picture is looked at, small, as measures
of its colours and shapes; a genre of few covers is named as readily as a common one. The view, the
models and their averaging stand in the recipe `cover`.
"""

from muso.recognize.task import Task

COVER = Task(
    name="cover_genre",
    media="cover",
    says="what genre a cover belongs to",
    bundle="cover.1",
    recipe="cover",
)
