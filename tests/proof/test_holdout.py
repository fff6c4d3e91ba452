# SPDX-License-Identifier: Apache-2.0
"""Looks at the test set are counted, whatever crashes and whoever else writes."""

import multiprocessing
import os
from math import nan
from pathlib import Path

import pytest

from goodfit.errors import HoldoutError, SettingsError, StoreError
from goodfit.proof import HoldoutLedger


@pytest.fixture
def ledger(tmp_path: Path) -> HoldoutLedger:
    """A ledger with one declared test set, "abc"."""
    made = HoldoutLedger(tmp_path / "new" / "holdout.jsonl")
    made.declare("abc", 0.01, "loss")
    return made


def test_looks_are_counted_and_kept(ledger: HoldoutLedger) -> None:
    """Each record is one look, listed with its purpose, and a new ledger on the same file sees it."""
    assert ledger.reads("abc") == 0
    assert ledger.record("abc", "dropout 0.4 against none") == 1
    assert ledger.record("abc", "weight decay\u2028against none") == 2
    again = HoldoutLedger(ledger.path)
    assert again.reads("abc") == 2
    assert [(look.number, look.purpose[:12]) for look in again.looks("abc")] == [
        (1, "dropout 0.4 "),
        (2, "weight decay"),
    ]
    assert again.reads("another test set") == 0


def test_no_look_before_a_declaration(tmp_path: Path) -> None:
    """The margin and the metric stand before the first look, for each test set by itself."""
    ledger = HoldoutLedger(tmp_path / "holdout.jsonl")
    with pytest.raises(HoldoutError, match="before the equivalence margin"):
        ledger.record("abc", "curiosity")
    ledger.declare("other", None, "loss")
    with pytest.raises(HoldoutError, match="before the equivalence margin"):
        ledger.record("abc", "curiosity")
    assert ledger.reads("abc") == 0


def test_a_declaration_may_change_only_before_the_first_look(ledger: HoldoutLedger) -> None:
    """Another margin is taken before the first look and refused after; the same one is always fine."""
    ledger.declare("abc", None, "loss")
    ledger.declare("abc", 0.02, "loss")
    ledger.record("abc", "first")
    ledger.declare("abc", 0.02, "loss")
    with pytest.raises(HoldoutError, match=r"margin 0\.02.*default margin"):
        ledger.declare("abc", None, "loss")
    with pytest.raises(HoldoutError, match="metric 'accuracy'"):
        ledger.declare("abc", 0.02, "accuracy")
    ledger.declare("abc", 0.02, "loss")


def test_a_declaration_written_behind_our_back_does_not_undo_a_look(ledger: HoldoutLedger) -> None:
    """A look recorded while another process declares keeps the declaration it was made under."""
    ledger.record("abc", "first")
    ledger._append({"kind": "declare", "test_set": "abc", "margin": 9.0, "metric": "loss"})
    ledger.declare("abc", 0.01, "loss")
    with pytest.raises(HoldoutError):
        ledger.declare("abc", 9.0, "loss")


def test_carrying_on_the_same_comparison_is_the_same_look(ledger: HoldoutLedger) -> None:
    """After an interruption the same comparison keeps its number; another one gets the next."""
    assert ledger.record("abc", "dropout", comparison="k1") == 1
    assert ledger.record("abc", "weight decay", comparison="k2") == 2
    assert ledger.record("abc", "dropout, carried on", comparison="k1") == 1
    assert ledger.record("abc", "unnamed") == 3
    assert ledger.record("abc", "unnamed") == 4
    assert [look.comparison for look in ledger.looks("abc")] == ["k1", "k2", None, None]


def test_two_records_of_one_comparison_at_once_are_one_look(ledger: HoldoutLedger) -> None:
    """If two processes write the same comparison at the same moment, it still counts once."""
    for _ in range(2):
        ledger._append({"kind": "look", "test_set": "abc", "purpose": "p", "comparison": "k"})
    assert ledger.reads("abc") == 1


def test_a_line_cut_short_by_a_crash_harms_nothing(ledger: HoldoutLedger) -> None:
    """A torn line was never returned as a look; what stands before and after it counts."""
    ledger.record("abc", "before")
    with ledger.path.open("a") as file:
        file.write('{"kind": "look", "test_set": "abc", "purp')
    assert ledger.record("abc", "after") == 2
    with ledger.path.open("a") as file:
        file.write('[1]\n{"kind": 3}\n{"kind": "look"}\n{"kind": "unknown"}\n')
    assert ledger.reads("abc") == 2


def _record_many(path: str, count: int) -> None:
    for i in range(count):
        HoldoutLedger(path).record("abc", f"process {os.getpid()}, look {i}")


def test_two_processes_lose_no_look(ledger: HoldoutLedger) -> None:
    """Two processes that record at the same time are both counted in full."""
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_record_many, args=(str(ledger.path), 40)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert ledger.reads("abc") == 80
    assert [look.number for look in ledger.looks("abc")] == list(range(1, 81))


@pytest.mark.parametrize(
    ("fingerprint", "margin", "metric"),
    [("abc", -1.0, "loss"), ("abc", nan, "loss"), ("", 0.1, "loss"), ("abc", 0.1, "")],
)
def test_an_impossible_declaration_is_refused(
    tmp_path: Path, fingerprint: str, margin: float, metric: str
) -> None:
    """A margin that is no distance, and a test set or metric without a name, are refused."""
    with pytest.raises(SettingsError):
        HoldoutLedger(tmp_path / "h.jsonl").declare(fingerprint, margin, metric)


def test_a_ledger_that_cannot_be_used_says_so(
    tmp_path: Path, ledger: HoldoutLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No look is granted when it cannot be written down: unreadable, unwritable or written in part."""
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be read"):
        HoldoutLedger(tmp_path).reads("abc")
    with pytest.raises(StoreError):
        HoldoutLedger(tmp_path / "file" / "holdout.jsonl").declare("abc", None, "loss")
    whole = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: whole(descriptor, data[:5]))
    with pytest.raises(StoreError, match="only in part"):
        ledger.record("abc", "disk full")
    monkeypatch.undo()
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError("disk gone")))
    with pytest.raises(StoreError, match="cannot be written"):
        ledger.record("abc", "disk gone")
