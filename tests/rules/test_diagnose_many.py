# SPDX-License-Identifier: Apache-2.0
"""Many histories: the same judgements as one by one, in order, streamed."""

from collections.abc import Iterator

import pytest

import goodfit
from goodfit.errors import SettingsError
from goodfit.rules import RULES, diagnose, diagnose_many
from goodfit.values import History, dumps


def drawn() -> list[History]:
    """The examples of five rules."""
    return [each for rule in RULES[:5] for each in (rule.present(), rule.absent())]


def test_the_same_as_one_by_one() -> None:
    """Order and judgements are those of diagnose."""
    histories = drawn()
    assert list(goodfit.diagnose_many(histories)) == [(each, diagnose(each)) for each in histories]


def test_it_streams() -> None:
    """No history is asked for before its turn."""
    asked = 0

    def counted() -> Iterator[History]:
        nonlocal asked
        for history in drawn():
            asked += 1
            yield history

    next(diagnose_many(counted()))
    assert asked == 1


def test_processes_keep_the_order() -> None:
    """Two processes give what one gives."""
    histories = drawn() * 4
    both = (diagnose_many(iter(histories), workers=2), diagnose_many(histories))
    one, other = ([(each, [dumps(line) for line in lines]) for each, lines in judged] for judged in both)
    assert one == other


def test_wrong_arguments() -> None:
    """No worker, or a path among the histories, is one clear error."""
    with pytest.raises(SettingsError, match="workers is 0"):
        diagnose_many([], workers=0)
    with pytest.raises(SettingsError, match="expected a History"):
        list(diagnose_many(["log.csv"]))  # type: ignore[list-item]
