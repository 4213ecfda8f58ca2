from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from muso.corpus.split import TEST, TRAIN, VALIDATION, Split
from muso.errors import UsageError
from muso.judge.leaks import find_leaks

SIDES = [TRAIN, TRAIN, VALIDATION, TEST, TEST]


def drawn(side, works, protocol="piece"):
    return Split(side=np.array(side, np.int8), works=tuple(works), protocol=protocol, seed=0)


def test_a_clean_split_says_what_was_searched_and_that_nothing_was_found():
    works = ["a", "a", "b", "c", "d"]
    leaks = find_leaks(
        drawn(SIDES, works, "work"), works, contents=list("vwxyz"), near_duplicates=[(0, 1), (3, 4)]
    )
    assert [leak.kind for leak in leaks] == ["work", "content", "near-duplicate"]
    assert [leak.count for leak in leaks] == [0, 0, 0]
    assert leaks[0].detail == "no work stands on two sides (4 searched)"
    assert leaks[2].detail == "none of 2 near-duplicate pairs stand on two sides"


def test_what_was_not_searched_is_not_said_to_be_clean():
    leaks = find_leaks(drawn(SIDES, "abcde"), list("abcde"))
    assert [leak.kind for leak in leaks] == ["work"]


def test_a_work_on_two_sides_is_found_whatever_the_split_calls_its_works():
    leak, *_ = find_leaks(drawn(SIDES, "abcde", "work"), ["a", "b", "b", "a", "c"])
    assert leak.count == 2
    assert (
        leak.detail == "2 of 3 works stand on two sides; 50% of what is tested was also trained on"
    )


def test_a_file_under_two_names_is_found_by_its_content():
    _, leak = find_leaks(drawn(SIDES, "abcde"), list("abcde"), contents=list("vwxyv"))
    assert (leak.kind, leak.count) == ("content", 1)


def test_near_duplicates_count_only_across_sides():
    *_, leak = find_leaks(
        drawn(SIDES, "abcde"), list("abcde"), near_duplicates=[(0, 1), (1, 2), (0, 4)]
    )
    assert leak.count == 2
    assert leak.detail == "2 of 3 near-duplicate pairs stand on two sides"


def test_pieces_without_a_work_share_none():
    leak, *_ = find_leaks(drawn(SIDES, "abcde"), [""] * 5)
    assert leak.count == 0


def test_works_that_do_not_fit_the_split_are_refused():
    with pytest.raises(UsageError, match="4 works for 5 units"):
        find_leaks(drawn(SIDES, "abcde"), list("abcd"))


@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from("abcdef")), min_size=1, max_size=40))
def test_the_count_is_of_works_with_more_than_one_side(units):
    side, works = zip(*units, strict=True)
    leak, *_ = find_leaks(drawn(side, works), list(works))
    sides = {work: {s for s, w in units if w == work} for work in works}
    assert leak.count == sum(len(found) > 1 for found in sides.values())
