"""What muso names about a piece: one file a task."""

from muso.recognize.composer import COMPOSER
from muso.recognize.cover import COVER
from muso.recognize.genre import GENRE
from muso.recognize.mood import MOOD
from muso.recognize.task import Task

TASKS: dict[str, Task] = {task.name: task for task in (COMPOSER, GENRE, MOOD, COVER)}
"""Every task by name. A new one is one file and one entry here."""
