from __future__ import annotations

import pytest

from muso.bundle.store import NAME, shipped_folder
from muso.learn.recipe import read_recipe
from muso.music.media import SUFFIXES
from muso.recognize import TASKS
from muso.recognize.task import Task
from muso.service import load, tasks

each_task = pytest.mark.parametrize("task", TASKS.values(), ids=list(TASKS))


@each_task
def test_a_task_stands_under_its_own_name_and_says_what_it_does(task: Task) -> None:
    assert TASKS[task.name] is task
    assert task.media in SUFFIXES
    assert task.says
    assert NAME.fullmatch(task.bundle)


@each_task
def test_the_recipe_of_a_task_is_for_that_task(task: Task) -> None:
    assert read_recipe(task.recipe).task == task.name


@each_task
def test_the_bundle_of_a_task_is_shipped_and_is_for_that_task(task: Task) -> None:
    bundle = load(shipped_folder() / task.bundle)
    assert (bundle.task, bundle.media) == (task.name, task.media)
    assert 0 < bundle.threshold < 1
    assert len(bundle.sessions) == len(bundle.members)
    assert bundle.recipe["name"] == task.recipe
    assert bundle.recipe["split"]["protocol"] == "work"


def test_tasks_are_listed_by_the_service() -> None:
    assert tasks() == TASKS
    assert tasks() is not TASKS
