from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from muso.errors import MissingFile, RecipeError
from muso.learn.classical import CLASSICAL
from muso.learn.loop import OPTIMIZERS
from muso.learn.members import build_view
from muso.learn.nets import NETS
from muso.learn.recipe import CHOICES, parse_recipe, read_recipe, recipe_names
from muso.recognize import TASKS

PLAIN = """
name = "mine"
task = "composer"

[[member]]
name = "roll"
view = { name = "pianoroll", frames = 64 }
network = { name = "resnet", width = 8 }
fit = { epochs = 3 }

[[member]]
name = "patterns"
view = { name = "ngrams" }
classical = { name = "linear_svm" }
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(PLAIN)
    return path


@pytest.mark.parametrize("name", recipe_names())
def test_every_shipped_recipe_names_things_that_exist(name: str) -> None:
    recipe = read_recipe(name)
    assert recipe.name == name
    assert recipe.task in TASKS
    for member in recipe.member:
        assert build_view(member).media == TASKS[recipe.task].media
        assert member.network.get("name") in NETS or member.classical.get("name") in CLASSICAL
        assert member.fit.optimizer in OPTIMIZERS


@pytest.mark.parametrize("name", recipe_names())
def test_a_shipped_recipe_that_tells_of_its_data_says_of_which(name: str) -> None:
    """Or a card would say it of whatever else somebody trains the recipe on."""
    recipe = read_recipe(name)
    assert recipe.digest or not (recipe.data or recipe.licence)


def test_every_task_has_a_shipped_recipe() -> None:
    assert {task.recipe for task in TASKS.values()} <= set(recipe_names())


@pytest.mark.parametrize("name", recipe_names())
def test_a_recipe_frozen_into_a_bundle_can_be_read_again(name: str) -> None:
    recipe = read_recipe(name)
    assert parse_recipe(tomllib.loads(tomli_w.dumps(recipe.as_dict()))) == recipe


def test_what_is_left_out_takes_its_default(file: Path) -> None:
    recipe = read_recipe(file)
    assert recipe.seed == 0
    assert recipe.split.protocol == "work"
    assert recipe.member[0].fit.epochs == 3
    assert recipe.member[0].fit.batch == 64
    assert recipe.member[1].network == {}


MISTAKES = {
    'nam = "mine"': r"unknown key 'nam'; did you mean 'name'\?",
    "xyzzy = 1": "unknown key 'xyzzy'; there are name, task, member",
    "[split]\nhold_out = 0.1": r"split: unknown key 'hold_out'; did you mean 'held_out'\?",
    "[split]\nheld_out = 'much'": "split: held_out: expected float, found 'much'",
    "seed = 1.5": "seed: expected int, found 1.5",
    "seed = true": "seed: expected int, found True",
    "refit = 1": "refit: expected bool, found 1",
    "about = 3": "about: expected str, found 3",
    "split = 'work'": "split: expected a table, found 'work'",
    "name = 'a b'": "'a b' can't be a name",
    "name = '../up'": "can't be a name",
}


@pytest.mark.parametrize(("line", "told"), MISTAKES.items(), ids=MISTAKES)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, line: str, told: str) -> None:
    text = PLAIN.replace('name = "mine"', "") if line.startswith("name") else PLAIN
    path = tmp_path / "mine.toml"
    path.write_text(f"{text}\n{line}" if line.startswith("[") else f"{line}\n{text}")
    with pytest.raises(RecipeError, match=told) as caught:
        read_recipe(path)
    assert "mine" in str(caught.value)


MEMBER_MISTAKES = {
    "unknown fit key": ({"fit": {"optimiser": "sgd"}}, r"did you mean 'optimizer'\?"),
    "no epochs": ({"fit": {"epochs": 0}}, "fit: epochs is 0; it must be at least 1"),
    "a batch of one": ({"fit": {"batch": 1}}, "fit: batch is 1; it must be at least 2"),
    "no rate": ({"fit": {"rate": 0}}, "fit: rate is 0.0; it must be above 0"),
    "a rate that is no number": ({"fit": {"rate": float("nan")}}, "fit: rate is nan"),
    "negative patience": ({"fit": {"patience": -1}}, "fit: patience is -1"),
    "negative mixup": ({"fit": {"mixup": -0.1}}, "fit: mixup is -0.1"),
    "all smoothed": ({"fit": {"label_smoothing": 1}}, "label_smoothing is 1.0"),
    "no such optimizer": (
        {"fit": {"optimizer": "adan"}},
        "fit: no optimizer 'adan'; there are adam",
    ),
    "no such schedule": (
        {"fit": {"schedule": "cos"}},
        "no schedule 'cos'; there are cosine, const",
    ),
    "no such loss": ({"fit": {"loss": "hinge"}}, "no loss 'hinge'; there are cross_entropy, mse"),
    "no such weighting": ({"fit": {"class_weight": "x"}}, "no class_weight 'x'; there are none, b"),
    "no such sampling": (
        {"fit": {"sampling": "x"}},
        "no sampling 'x'; there are natural, balanced",
    ),
    "view of the wrong kind": ({"view": "roll"}, "view: expected Mapping, found 'roll'"),
    "a name with a slash": ({"name": "a/b"}, "'a/b' can't be a name"),
    "two ways to learn": ({"classical": {"name": "svm"}}, "either a network or a classical"),
    "no way to learn": ({"network": {}}, "either a network or a classical"),
}


@pytest.mark.parametrize(("change", "told"), MEMBER_MISTAKES.values(), ids=MEMBER_MISTAKES)
def test_a_mistake_in_a_member_is_told(change: dict[str, Any], told: str) -> None:
    table = tomllib.loads(PLAIN)
    table["member"][0].update(change)
    with pytest.raises(RecipeError, match=told):
        parse_recipe(table)


def test_the_optimizers_that_a_fit_may_name_are_those_there_are() -> None:
    assert set(CHOICES["optimizer"]) == set(OPTIMIZERS)


@pytest.mark.parametrize("change", ["fit.class_weight=balanced", "fit.epochs=3"])
def test_a_fit_is_refused_where_no_member_is_a_network(tmp_path: Path, change: str) -> None:
    path = tmp_path / "x.toml"
    path.write_text(PLAIN[: PLAIN.index("[[member]]")] + PLAIN[PLAIN.rindex("[[member]]") :])
    assert read_recipe(path).member[0].classical
    with pytest.raises(RecipeError, match=r"x\.toml: a classical model has no fit; leave fit out"):
        read_recipe(path, [change])


def test_members_need_names_of_their_own() -> None:
    table = tomllib.loads(PLAIN)
    table["member"][1]["name"] = "roll"
    with pytest.raises(RecipeError, match="two members have one name"):
        parse_recipe(table)


@pytest.mark.parametrize("members", [[], {}, {"name": "roll"}, ["roll"], 3], ids=str)
def test_members_of_the_wrong_kind_are_refused(members: object) -> None:
    table = tomllib.loads(PLAIN) | {"member": members}
    with pytest.raises(RecipeError):
        parse_recipe(table)


def test_a_missing_name_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text('task = "composer"\nmember = []')
    with pytest.raises(RecipeError, match=r"x\.toml: 'name' is missing"):
        read_recipe(path)


def test_changes_reach_what_they_name(file: Path) -> None:
    recipe = read_recipe(
        file,
        [
            "seed=7",
            "split.held_out=0.2",
            "split.protocol=piece",
            "member.roll.fit.rate=3e-4",
            "member.patterns.view.bits=9",
        ],
    )
    roll, patterns = recipe.member
    assert recipe.seed == 7
    assert (recipe.split.held_out, recipe.split.protocol) == (0.2, "piece")
    assert (roll.fit.rate, patterns.fit.rate) == (3e-4, 2e-3)
    assert (roll.view["frames"], patterns.view["bits"]) == (64, 9)


def test_changes_without_a_members_name_reach_every_member_they_fit(file: Path) -> None:
    recipe = read_recipe(file, ["fit.batch=8", "network.width=16", "classical.c=0.5"])
    roll, patterns = recipe.member
    assert (roll.fit.batch, patterns.fit.batch) == (8, 8)
    assert roll.network == {"name": "resnet", "width": 16}
    assert roll.classical == patterns.network == {}
    assert patterns.classical == {"name": "linear_svm", "c": 0.5}


def test_a_changed_value_may_be_any_toml_or_a_bare_word(file: Path) -> None:
    recipe = read_recipe(
        file, ['about="two words"', "data=two words", "member.roll.view.channels=['onset']"]
    )
    assert (recipe.about, recipe.data) == ("two words", "two words")
    assert recipe.member[0].view["channels"] == ["onset"]


CHANGE_MISTAKES = {
    "seed": "write key=value",
    "=3": "unknown key ''",
    "sed=3": r"unknown key 'sed'; did you mean 'seed'\?",
    "seed=three": "seed: expected int, found 'three'",
    "seed.x=3": "'x'|'seed' is a value, not a table",
    "member=3": "write member.NAME.key=value; there are the members roll, patterns",
    "member.roll=3": "write member.NAME.key=value",
    "member.rol.fit.rate=3": "there are the members roll, patterns",
    "member.roll.fit.rat=3": r"did you mean 'rate'\?",
    "fit=3": "fit: expected a table, found 3",
    "fit.rate.x=3": "'rate' is a value, not a table",
}


@pytest.mark.parametrize(("change", "told"), CHANGE_MISTAKES.items(), ids=CHANGE_MISTAKES)
def test_a_mistaken_change_is_told(file: Path, change: str, told: str) -> None:
    with pytest.raises(RecipeError, match=told):
        read_recipe(file, ["member.roll.fit.rate=0.1", change])


def test_changing_networks_where_there_are_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text(PLAIN[: PLAIN.index("[[member]]")] + PLAIN[PLAIN.rindex("[[member]]") :])
    with pytest.raises(RecipeError, match="no member has a network"):
        read_recipe(path, ["network.width=16"])


def test_an_unknown_recipe_is_told_with_the_nearest() -> None:
    with pytest.raises(RecipeError, match=r"no recipe 'compser'; did you mean 'composer'\?"):
        read_recipe("compser")
    with pytest.raises(RecipeError, match=r"there are .*composer.* ends in \.toml"):
        read_recipe("xyzzy")


def test_a_recipe_file_that_can_not_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match="no such file"):
        read_recipe(tmp_path / "none.toml")
    broken = tmp_path / "broken.toml"
    broken.write_text("name = ")
    with pytest.raises(RecipeError, match=r"broken\.toml: not valid TOML"):
        read_recipe(broken)
    broken.write_bytes(b"name = '\xff'")
    with pytest.raises(RecipeError, match="not UTF-8 text"):
        read_recipe(broken)
