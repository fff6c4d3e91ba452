# SPDX-License-Identifier: Apache-2.0
"""What stands in for parts of numpy that are costly to load does what they do."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from goodfit.measures._course import DRAWS, _normal
from goodfit.measures._distinct import distinct


@given(st.lists(st.floats(0, 1) | st.sampled_from([0.0, 0.25, 1.0])))
def test_each_value_once(values: list[float]) -> None:
    """The same values as those of np.unique, in the same order."""
    given_values = np.asarray(values, dtype=np.float64)
    assert np.array_equal(distinct(given_values), np.unique(given_values))


def test_each_index_once() -> None:
    """Whole numbers stay whole numbers."""
    found = distinct(np.asarray([3, 1, 3, 2, 1], dtype=np.intp))
    assert found.tolist() == [1, 2, 3]
    assert found.dtype == np.intp


def test_the_stored_numbers_are_normal() -> None:
    """Three columns of draws, each within chance of mean 0 and sd 1, and none of them a copy of another."""
    drawn = _normal()
    assert drawn.shape == (DRAWS, 3)
    assert np.abs(drawn.mean(axis=0)).max() < 3 / np.sqrt(DRAWS)
    assert np.abs(drawn.std(axis=0) - 1).max() < 3 / np.sqrt(2 * DRAWS)
    assert np.abs(np.corrcoef(drawn, rowvar=False) - np.eye(3)).max() < 3 / np.sqrt(DRAWS)
    assert 0.9 < np.mean(np.abs(drawn) < 1.96) < 0.99
