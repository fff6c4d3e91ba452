# SPDX-License-Identifier: Apache-2.0
"""How a training was lost, and where to go back to, as sentences."""

from goodfit.measures import Break, BreakKind, breaks, learned_share, lost_share, onset
from goodfit.rules._reasons import broken_words
from goodfit.rules._shared import LEARNED
from goodfit.values import Curve, History

# The option of the trainer that writes 0 for NaN, as the readers' warnings name it.
_HIDDEN = "logging_nan_inf_filter"
_CARE = "lower the learning rate by a factor of three to ten, and clip the gradient norm"


def broke(history: History) -> str:
    """Which curve broke and where, or how much of its gain training lost again."""
    found = _certain(history)
    if found:
        return " ".join(f"{broken_words(each)}." for each in found) + _hidden(history, found)
    train = history.train
    if train is None:
        return "Training lost what it had gained."
    ends = f"from {train.values[0]:.3g} at {_at(train, train.x[0])} to {train.values[-1]:.3g} at the end"
    gained, lost = learned_share(history), lost_share(history)
    if gained is None or not gained.value >= LEARNED.value:
        return f"Training {train.metric} gained next to nothing and then only got worse, {ends}."
    share = lost.value if lost else float("nan")
    best = _at(train, onset(train).epoch)
    if share > 1:
        return (
            f"Training {train.metric} lost all it had gained by {best} and ends worse than it began, {ends}."
        )
    return f"Training {train.metric} lost {100 * share:.0f} % of what it had gained by {best}."


def return_to(history: History) -> str:
    """What to do about it; there is no checkpoint to go back to where nothing good came before."""
    found = _certain(history)
    if not found:
        train = history.train
        if train is None or onset(train).epoch == train.x[0]:
            return _anew()
        return f"Go back to the checkpoint of {_at(train, onset(train).epoch)}, {_CARE}."
    first = found[0]
    where = _at(first.curve, first.first)
    if first.kind is BreakKind.CAME_BACK:
        return (
            f"See what happened at {where}: an overflow in mixed precision, a batch that cannot be computed with, or a"
            f" step too large. If it comes again, {_CARE}."
        )
    if first.first == first.curve.x[0]:
        return _anew()
    return f"Go back to the last checkpoint before {where}, {_CARE}."


def open_break(history: History) -> str:
    """Why a broken curve need not mean a broken training, and what would settle it; empty without one."""
    found = [each for each in breaks(history) if not each.certain]
    if not found:
        return ""
    training = "" if not found[0].training_sound else ", while training stayed finite throughout"
    listed = " ".join(f"{broken_words(each)}{training}." for each in found)
    return f"{listed} Leave points that were not measured out of the log and look again."


def _hidden(history: History, found: list[Break]) -> str:
    """That a loss of 0 stands for NaN, where a reader saw it or the log shows it."""
    if any(_HIDDEN in warning for warning in history.warnings):
        return f" The loss itself was logged as 0.0 there: the trainer hides NaN so ({_HIDDEN})."
    train = history.train
    if train is None:
        return ""
    zeros = [x for x, value in zip(train.x, train.values, strict=True) if value == 0 and x >= found[0].first]
    if not zeros:
        return ""
    return f" The training {train.metric} is exactly 0 from {_at(train, zeros[0])} on: most likely NaN, written as 0."


def _anew() -> str:
    return (
        f"There is no good checkpoint to go back to. Begin anew: {_CARE}; if it comes again, look for values in the"
        " data that cannot be computed with."
    )


def _certain(history: History) -> list[Break]:
    return [each for each in breaks(history) if each.certain]


def _at(curve: Curve, x: float) -> str:
    return f"{curve.axis} {x:.9g}"
