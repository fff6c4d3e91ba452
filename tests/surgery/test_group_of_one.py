# SPDX-License-Identifier: Apache-2.0
"""A process group is tried where it can be given up, before a test rests on it."""

from collections.abc import Iterator

import pytest
from torch import distributed as dist

from goodfit.testing import _group_of_one


@pytest.fixture(autouse=True)
def _asked_anew() -> Iterator[None]:
    """What one test makes of it must not be remembered by any other."""
    _group_of_one._why_not.cache_clear()
    yield
    _group_of_one._why_not.cache_clear()


def test_a_group_of_one_begins_and_ends() -> None:
    """Inside there is a group of this process alone, afterwards there is none."""
    with _group_of_one.group_of_one():
        assert dist.get_world_size() == 1
    assert not dist.is_initialized()


@pytest.mark.parametrize(
    ("trial", "patience", "said"),
    [
        ("import time; time.sleep(60)", 0.5, "it took more than 0.5 seconds"),
        ("raise SystemExit('no loopback')", 60.0, "no loopback"),
        ("raise SystemExit(3)", 60.0, "it failed"),
    ],
)
def test_where_none_can_start_the_test_is_skipped_with_the_reason(
    monkeypatch: pytest.MonkeyPatch, trial: str, patience: float, said: str
) -> None:
    """A start that hangs or fails is given up, and what it said is the reason."""
    monkeypatch.setattr(_group_of_one, "_TRIAL", trial)
    monkeypatch.setattr(_group_of_one, "PATIENCE", patience)
    with pytest.raises(pytest.skip.Exception, match=said), _group_of_one.group_of_one():
        pass
