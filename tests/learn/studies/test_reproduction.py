"""Studies of a toy: budgets, records, interruptions and the table."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from muso.errors import DamagedFile, MissingFile, UsageError
from muso.judge.intervals import Interval
from muso.learn import stopwatch
from muso.learn.studies import STUDIES, pace
from muso.learn.studies.record import find_record, hash_predictions, own_folder, read_record
from muso.learn.studies.reproduction import reproduce, tabulate
from muso.learn.studies.study import Context, Experiment, NotHere, Outcome, Study
from muso.progress import Progress


class Toy:
    """Two experiments that note what they were given; the second fails while `broken`."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, Context]] = []
        self.broken = False
        self.study = Study(
            "toy",
            "a toy",
            (
                Experiment("one", "first", "0.9", "slice", 81, lambda c: self.run("one", c)),
                Experiment("two", "second", "0.8", "work", 9, lambda c: self.run("two", c)),
            ),
        )

    def run(self, name: str, context: Context) -> Outcome:
        self.seen.append((name, context))
        context.listener(Progress("a toy", 1, 2))
        if name == "two" and self.broken:
            raise KeyboardInterrupt
        return Outcome(
            {"name": name},
            {"slice.accuracy": Interval(0.9, 0.85, 0.95), "work.accuracy": Interval(0.5, 0.4, 0.6)},
            {"work": np.array([0, 1, 1])},
            "1 of 2 epochs",
        )


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Toy:
    monkeypatch.setenv("MUSO_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(pace, "slowness", lambda: 1.0)
    return Toy()


def test_the_budget_is_shared_out_by_the_root_of_the_cost_and_what_is_left_over_goes_on(
    toy: Toy, tmp_path: Path
) -> None:
    reproduce(toy.study, tmp_path, budget=8)
    (_, first), (_, second) = toy.seen
    assert (first.share, first.minutes) == (6 / 81, 6.0)
    # The first took no time at all: the second has nearly all of its budget.
    assert second.minutes == pytest.approx(8, abs=0.1)


def test_more_budget_than_needed_is_full_size(toy: Toy, tmp_path: Path) -> None:
    reproduce(toy.study, tmp_path, budget=1000)
    assert [context.share for _, context in toy.seen] == [1.0, 1.0]


def test_a_slow_machine_is_given_smaller_sizes_within_the_same_minutes(
    toy: Toy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "slowness", lambda: 4.0)
    reproduce(toy.study, tmp_path, budget=8)
    (_, first), _ = toy.seen
    assert (first.share, first.minutes) == (6 / 324, 6.0)


def test_gone_on_with_a_reproduction_keeps_the_sizes_it_began_with(
    toy: Toy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toy.broken = True
    with pytest.raises(KeyboardInterrupt):
        reproduce(toy.study, tmp_path, budget=8, only=["two"])
    monkeypatch.setattr(pace, "slowness", lambda: 9.0)
    toy.broken = False
    reproduce(toy.study, tmp_path, budget=8, only=["two"])
    (_, before), (_, after) = toy.seen
    assert before.share == after.share


def test_an_experiment_that_lacks_its_data_says_so_and_the_others_go_on(
    toy: Toy, tmp_path: Path
) -> None:
    def lacking(context: Context) -> Outcome:
        raise NotHere("mine: 3 composers; leaving 20 out needs more")

    reproduce(toy.study, tmp_path, budget=8)
    first, second = toy.study.experiments
    study = replace(toy.study, experiments=(replace(first, run=lacking), second))
    one, two = reproduce(study, tmp_path, budget=8)
    assert (one.record, one.theirs) == (None, None)
    assert one.lacking == "mine: 3 composers; leaving 20 out needs more"
    assert two.honest is not None and not two.lacking
    # What was found on other data stays.
    assert tabulate(study)[0].theirs is not None


@pytest.mark.parametrize(
    ("scale", "share", "minutes"), [(0.01, 1.0, 6.0), (1.0, 6 / 81, 6.0), (2.0, 6 / 162, 6.0)]
)
def test_sizes_go_by_how_large_the_data_is(
    toy: Toy, tmp_path: Path, scale: float, share: float, minutes: float
) -> None:
    scaled = tuple(replace(one, scale=lambda _: scale) for one in toy.study.experiments)
    reproduce(replace(toy.study, experiments=scaled), tmp_path, budget=8)
    (_, first), _ = toy.seen
    assert (first.share, first.minutes) == (share, minutes)


def test_the_pace_of_this_machine_is_a_number_of_times() -> None:
    assert 1.0 <= pace.slowness() < 1000


def test_a_record_tells_the_whole_run(toy: Toy, tmp_path: Path) -> None:
    reproduce(toy.study, tmp_path, budget=8, only=["one"], seed=5)
    record = find_record("toy", "one")
    assert record is not None and record.own
    assert (record.size, record.seed, record.recipe) == ("1 of 2 epochs", 5, {"name": "one"})
    assert record.budget == 8
    assert record.predictions == hash_predictions({"work": np.array([0, 1, 1])})
    assert "cores" in record.machine and len(record.date) == 10


def test_the_table_stands_on_records_alone(toy: Toy, tmp_path: Path) -> None:
    before = tabulate(toy.study)
    assert [cell.record for cell in before] == [None, None]
    reproduce(toy.study, tmp_path, budget=8)
    one, two = tabulate(toy.study)
    assert str(one.theirs) == "0.900 (0.850–0.950)"
    assert str(one.honest) == str(two.honest) == "0.500 (0.400–0.600)"


def test_an_interrupted_reproduction_goes_on_after_what_is_done(toy: Toy, tmp_path: Path) -> None:
    toy.broken = True
    with pytest.raises(KeyboardInterrupt):
        reproduce(toy.study, tmp_path, budget=8)
    kept = toy.seen[-1][1].folder
    (kept / "checkpoint").write_text("half")
    toy.broken = False
    reproduce(toy.study, tmp_path, budget=8)
    assert [name for name, _ in toy.seen] == ["one", "two", "two"]
    assert toy.seen[-1][1].folder == kept
    assert not kept.exists()


def test_the_minutes_before_an_interruption_are_in_the_record(
    toy: Toy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stopwatch, "EVERY_S", 0.0)
    toy.broken = True
    with pytest.raises(KeyboardInterrupt):
        reproduce(toy.study, tmp_path, budget=8, only=["two"])
    kept = toy.seen[-1][1].folder / ".minutes"
    assert float(kept.read_text()) < 1
    kept.write_text("30.0")
    toy.broken = False
    reproduce(toy.study, tmp_path, budget=8, only=["two"])
    record = find_record("toy", "two")
    assert record is not None and record.minutes == 30.0


def test_a_budget_that_is_spent_leaves_something_to_every_experiment(
    toy: Toy, tmp_path: Path
) -> None:
    first, second = toy.study.experiments
    study = replace(toy.study, experiments=(second, first))
    toy.broken = True
    with pytest.raises(KeyboardInterrupt):
        reproduce(study, tmp_path, budget=8)
    (toy.seen[-1][1].folder / ".minutes").write_text("30.0")
    toy.broken = False
    reproduce(study, tmp_path, budget=8)
    assert toy.seen[-1][0] == "one"
    assert 0 < toy.seen[-1][1].minutes < 0.01


def test_a_finished_reproduction_asked_for_again_runs_again(toy: Toy, tmp_path: Path) -> None:
    for _ in range(2):
        reproduce(toy.study, tmp_path, budget=8)
    assert [name for name, _ in toy.seen] == ["one", "two", "one", "two"]


def test_missing_data_is_one_clear_line(toy: Toy, tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match=r"gone: no such folder or file; name the data of study"):
        reproduce(toy.study, tmp_path / "gone")


def test_an_unknown_experiment_names_the_nearest(toy: Toy, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no experiment 'tow'; did you mean 'two'"):
        reproduce(toy.study, tmp_path, only=["tow"])


def test_a_budget_of_nothing_is_refused(toy: Toy, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="give more than 0"):
        reproduce(toy.study, tmp_path, budget=0)


def test_a_damaged_record_says_so(toy: Toy, tmp_path: Path) -> None:
    reproduce(toy.study, tmp_path, budget=8)
    path = own_folder("toy") / "one.json"
    path.write_text("{}")
    with pytest.raises(DamagedFile, match="not a record"):
        read_record(path)


def test_predictions_hash_alike_whatever_their_type_and_order() -> None:
    a = {"work": np.array([1, 2], np.int32), "slice": np.array([3])}
    b = {"slice": np.array([3], np.int64), "work": np.array([1, 2], ">i8")}
    assert hash_predictions(a) == hash_predictions(b)
    assert hash_predictions({"work": np.array([2, 1])}) != hash_predictions(
        {"work": np.array([1, 2])}
    )


def test_the_command_prints_table_and_json(
    toy: Toy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from muso.cli.reproduce import reproduce as command

    monkeypatch.setitem(STUDIES, "toy", replace(toy.study, notes=("Beware.",)))
    shown = CliRunner().invoke(command, ["toy", "--data", str(tmp_path), "--budget", "8"])
    assert shown.exit_code == 0, shown.output
    assert "(leaky)" in shown.output and "Beware." in shown.output
    told = CliRunner().invoke(command, ["toy", "--json"])
    rows = json.loads(told.output)["rows"]
    assert rows[1]["honest"] == {"value": 0.5, "low": 0.4, "high": 0.6}
    assert rows[1]["own"] is True


@pytest.mark.parametrize("study", STUDIES.values(), ids=lambda study: str(study.name))
def test_every_study_can_print_its_table(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUSO_HOME", str(tmp_path))
    names = [experiment.name for experiment in study.experiments]
    assert len(set(names)) == len(names)
    assert all(experiment.minutes > 0 for experiment in study.experiments)
    for cell in tabulate(study):
        if cell.record is not None and cell.record.metrics:
            assert cell.honest is not None, f"{cell.experiment.name}: no honest number"
            named = any("accuracy" in metric for metric in cell.record.metrics)
            assert not named or cell.record.predictions != hash_predictions({})
        elif cell.record is not None:
            # Too few labels hold so many slices, or it shows that something works and no more.
            reasons = ("hold", "no accuracy is claimed")
            assert any(reason in cell.record.size for reason in reasons), cell.experiment.name
