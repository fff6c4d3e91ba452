# SPDX-License-Identifier: Apache-2.0
"""Live findings: raised, changed and withdrawn for a reason, and not by noise."""

from collections.abc import Iterator
from dataclasses import replace
from math import exp, nan
from random import Random
from time import process_time

from goodfit.rules import Change, ChangeKind, Live
from goodfit.rules.overfitting import Overfitting
from goodfit.values import Curve, History, Severity, Split


def history(train: list[float], val: list[float]) -> History:
    """A run by epochs."""
    return History(
        curves={
            "train_loss": Curve.of(train, split=Split.TRAIN),
            "val_loss": Curve.of(val, split=Split.VALIDATION),
        }
    )


def growing(whole: History) -> Iterator[History]:
    """What was logged after each epoch."""
    for n in range(1, len(whole.curves["val_loss"]) + 1):
        cut = {name: replace(c, values=c.values[:n], x=c.x[:n]) for name, c in whole.curves.items()}
        yield replace(whole, curves=cut)


def followed(whole: History, live: Live | None = None) -> list[Change]:
    """All changes of a run that is looked at once an epoch."""
    live = live or Live()
    return [change for seen in growing(whole) for change in live.update(seen)]


def turning(epochs: int, *, second: int | None = None, third: int | None = None) -> History:
    """Overfitting from epoch 20; from `second` on a second descent far below, from `third` on a rise again."""
    draws = Random(3)
    train = [0.05 + 2 * exp(-i / 15) for i in range(epochs)]
    val, level = [], 0.0
    for i in range(epochs):
        falling_again = second is not None and i >= second and (third is None or i < third)
        level = 0.4 + 2 * exp(-i / 6) if i < 20 else level + (-0.05 if falling_again else 0.02)
        val.append(max(level, 0.05) * (1 + draws.gauss(0, 0.004)))
    return history(train, val)


def test_a_second_descent_withdraws_the_warning() -> None:
    """Raised on the rise, withdrawn at the very evaluation that makes a new best, with that value as the reason."""
    whole = turning(100, second=60)
    val = whole.curves["val_loss"].values
    changes = [each for each in followed(whole) if each.code == "GF101"]
    kinds = [each.kind for each in changes]
    assert kinds[0] is ChangeKind.RAISED
    assert kinds[-1] is ChangeKind.WITHDRAWN
    new_best = next(i for i in range(60, 100) if val[i] < min(val[:60]))
    assert changes[-1].at == new_best
    assert "new best" in changes[-1].because
    assert changes[-1].severity is None
    assert changes[-1].before is not None


def test_a_withdrawn_warning_needs_new_evidence() -> None:
    """After the second descent only a rise that comes later raises the warning again."""
    whole = turning(130, second=50, third=65)
    val = whole.curves["val_loss"].values
    best = min(range(len(val)), key=val.__getitem__)
    changes = [each for each in followed(whole) if each.code == "GF101"]
    withdrawn = next(i for i, each in enumerate(changes) if each.kind is ChangeKind.WITHDRAWN)
    again = [each for each in changes[withdrawn:] if each.kind is ChangeKind.RAISED]
    assert again
    assert again[0].at >= best + 3


def test_nothing_is_raised_at_a_new_best() -> None:
    """At an evaluation that beats all others there is no warning of overfitting, whatever the course says."""
    for seed in range(6):
        draws = Random(seed)
        val = [(0.4 + exp(-i / 5) + 0.004 * max(0, i - 20)) * (1 + draws.gauss(0, 0.04)) for i in range(80)]
        whole = history([0.05 + 2 * exp(-i / 15) for i in range(80)], val)
        live = Live((Overfitting(),))
        best = float("inf")
        for seen in growing(whole):
            changes = live.update(seen)
            last = seen.curves["val_loss"].values[-1]
            if last < best:
                assert not any(each.kind is not ChangeKind.WITHDRAWN for each in changes)
                assert live.findings == ()
            best = min(best, last)


def test_a_growing_rise_grows_more_severe() -> None:
    """The severity of a standing finding changes upwards, and the change names both."""
    changes = [each for each in followed(turning(100)) if each.code == "GF101"]
    steps = [each for each in changes if each.kind is ChangeKind.CHANGED]
    assert changes[0].kind is ChangeKind.RAISED
    assert changes[0].before is None
    assert steps
    assert steps[-1].severity is not None
    assert steps[-1].before is not None
    assert steps[-1].severity.rank > steps[-1].before.rank
    assert f"It was {steps[-1].before}" in steps[-1].because


def test_noise_raises_next_to_nothing() -> None:
    """Of healthy runs with up to 5 % of noise, watched from the first epoch, few are ever called overfitting."""
    warned = switched = 0
    runs = 30
    for seed in range(runs):
        draws = Random(seed)
        epochs, noise, pace = draws.choice((20, 50, 100)), draws.uniform(0.003, 0.05), draws.uniform(3, 10)
        fall = [0.4 + 1.9 * exp(-i / pace) for i in range(epochs)]
        train = [each * (1 + draws.gauss(0, noise / 5)) for each in fall]
        val = [1.1 * each * (1 + draws.gauss(0, noise)) for each in fall]
        changes = followed(history(train, val))
        raised = [each.code for each in changes if each.kind is ChangeKind.RAISED]
        warned += any(each.severity in (Severity.WARNING, Severity.ERROR) for each in changes)
        switched += any(raised.count(code) > 2 for code in raised)
    assert warned <= runs / 15
    assert switched <= runs / 15


def test_a_loss_that_breaks_is_told_at_once() -> None:
    """NaN at the last epoch is an error at that update, also late in a run, where not every epoch is judged."""
    fall = [0.4 + 1.9 * exp(-i / 30) for i in range(301)]
    whole = history([*fall[:300], nan], [*fall[:300], nan])
    live = Live()
    for seen in list(growing(whole))[:-1]:
        live.update(seen)
    changes = live.update(whole)
    assert ("GF301", ChangeKind.RAISED, Severity.ERROR) in {(c.code, c.kind, c.severity) for c in changes}


def test_a_shorter_history_is_a_new_training() -> None:
    """Findings of a training before do not stand in the next one."""
    live = Live()
    followed(turning(60), live)
    assert any(each.code == "GF101" for each in live.findings)
    live.update(next(growing(turning(60))))
    assert live.findings == ()


def test_a_thousand_updates_are_cheap() -> None:
    """A run of 1,000 epochs followed once an epoch costs seconds, not minutes."""
    draws = Random(1)
    fall = [0.4 + 1.9 * exp(-i / 90) for i in range(1000)]
    whole = history(fall, [each * (1 + draws.gauss(0, 0.01)) for each in fall])
    seen = list(growing(whole))
    live, begin = Live(), process_time()
    for each in seen:
        live.update(each)
    assert process_time() - begin < 30


def test_a_run_that_waits_for_its_learning_rate_is_not_said_to_stall() -> None:
    """Flat for six epochs and falling then: no warning; flat for good: told of at the tenth training point."""
    draws = Random(5)
    waits = [2.3 * (0.9 ** max(0, i - 6)) * (1 + draws.gauss(0, 0.003)) for i in range(20)]
    stays = [2.3 * (1 + draws.gauss(0, 0.003)) for _ in range(14)]
    assert [each for each in followed(history(waits, waits)) if each.code == "GF203"] == []
    assert [each.at for each in followed(history(stays, stays)) if each.code == "GF203"] == [9]
