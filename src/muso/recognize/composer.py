"""The composer of a score.

Decisions, with their reasons in docs/decisions/: pitches and times alone are looked at, because
velocities, instruments, tracks and ticks tell who made the file and not who wrote the music.
The views, slicing, networks and their averaging stand in the recipe `composer`.
"""

from muso.recognize.task import Task

COMPOSER = Task(
    name="composer",
    media="score",
    says="who wrote a score",
    bundle="composer.1",
    recipe="composer",
)
