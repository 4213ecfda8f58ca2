"""What muso names about a piece: one file a task."""

from muso.recognize.composer import COMPOSER
from muso.recognize.task import Task

TASKS: dict[str, Task] = {task.name: task for task in (COMPOSER,)}
"""Every task by name. A new one is one file and one entry here."""
