# SPDX-License-Identifier: Apache-2.0
"""The text-book question answered by experiment: validation loss is much greater than training loss, which of four helps?

A more nodes, B raise dropout, C train longer, D a higher learning rate. One line each: the premise, what helps, why
not the others, and what early stopping alone and a remedy drawn by lot give.
"""

from collections.abc import Sequence
from math import isfinite

from goodfit.comparing.entrants import TEXT_BOOK
from goodfit.comparing.phrases import could_have_seen, loss_change
from goodfit.comparing.reasons import EARLY
from goodfit.comparing.signs import first_sign
from goodfit.report.comparison_names import LETTERS, helps, named, plain_name, reference_of
from goodfit.report.words import number, place, sentence, spoken
from goodfit.values import Candidate, Comparison, Curve, Decision, Outcome, Part

_GAPS = (
    "overfitting",
    "standing-gap",
    "gap-from-the-start",
    "overconfident",
)  # findings of validation above training
_UNDERFITS = ("underfitting", "over-regularised", "still-improving")


def answer(comparison: Comparison) -> str:
    """The question answered, a line a thought."""
    tried = [one for one in comparison.candidates if one.part in (Part.PRIMARY, Part.OTHER)]
    lines = (
        _premise(comparison),
        _what_helps(tried),
        _not_dropout(comparison, tried),
        *_not_the_others(comparison, tried),
        _controls(comparison),
    )
    return "\n".join(line for line in lines if line)


def _premise(comparison: Comparison) -> str:
    """Whether validation loss is much greater than training loss, as the diagnosis has it."""
    present = [d for d in comparison.diagnoses if d.outcome is Outcome.PRESENT]
    gap = next((d for name in _GAPS for d in present if d.name == name), None)
    under = next((d for name in _UNDERFITS for d in present if d.name == name), None)
    history = comparison.history
    train = history.curves.get("train_loss_eval") or history.train
    numbers = _last_losses(history.val, train)
    if gap is not None:
        since = (
            f" since epoch {place(round(gap.onset.epoch))}" if gap.onset and isfinite(gap.onset.epoch) else ""
        )
        first = f"Validation loss is much greater than training loss{numbers}: {spoken(gap.name)}{since}."
    else:
        first = f"Neither overfitting nor another gap between validation and training loss{numbers} was diagnosed."
    return f"{first} The diagnosis is {spoken(under.name)}." if under is not None else first


def _last_losses(validation: Curve | None, training: Curve | None) -> str:
    if not validation or not training or not len(validation) or not len(training):
        return ""
    return f" ({number(validation.values[-1])} against {number(training.values[-1])} at the last epoch)"


def _what_helps(tried: Sequence[Candidate]) -> str:
    winners = [one for one in tried if helps(one)]
    of_four = [one for one in winners if one.name in LETTERS]
    others = [one for one in winners if one.name not in LETTERS]
    if of_four:
        first, *more = [f"{_lettered(one)}: {_size(one)}" for one in of_four]
        also = f" So does {'; and '.join(more)}." if more else ""
        beside = f" Outside the four, {_all_sizes(others)}." if others else ""
        return f"On held-out data this helps: {first}.{also}{beside}"
    if others and not any(one.name in LETTERS for one in tried):
        return f"On held-out data {_all_sizes(others)}."
    if others:
        return f"None of A to D is shown to help on held-out data; outside the four, {_all_sizes(others)}."
    judged = [one for one in tried if one.verdict is not None]
    if judged and all(one.decision is not Decision.UNDECIDED for one in judged):
        return "Nothing that was tried is better than early stopping alone, which costs nothing, by more than the margin."
    best = next((one for one in judged), None)
    if best is None or best.verdict is None:
        return "Every remedy failed; early stopping alone is what is left."
    return (
        f"Nothing is shown to help on held-out data. The lowest test loss has {named(best)} ({loss_change(best, EARLY)}), "
        f"undecided: {could_have_seen(best.verdict)}."
    )


def _size(one: Candidate) -> str:
    assert one.verdict is not None  # noqa: S101 - it has a decision
    return (
        f"test loss {loss_change(one, EARLY)}, better in {one.verdict.wins} of {len(one.verdict.seeds)} seeds"
    )


def _all_sizes(winners: Sequence[Candidate]) -> str:
    return "; ".join(f"{named(one)} helps: test loss {loss_change(one, EARLY)}" for one in winners)


def _lettered(one: Candidate) -> str:
    return f"{LETTERS[one.name]}, {named(one)}"


def _not_dropout(comparison: Comparison, tried: Sequence[Candidate]) -> str:
    """Says so when B is not the answer."""
    dropout = next((one for one in tried if one.name == TEXT_BOOK), None)
    if dropout is None:
        out = next((each for each in comparison.left_out if each.remedy == TEXT_BOOK), None)
        return f"B, raise dropout, takes no part: {out.because}." if out else ""
    if dropout.failed:
        return f"B, {plain_name(dropout)}, failed: {dropout.failed}."
    if helps(dropout):
        return ""
    what = {
        Decision.IMPROVED: f"its gain is proven and too small to matter, test loss {loss_change(dropout)}",
        Decision.WORSE: f"it hurts, with a test loss {loss_change(dropout)}",
        Decision.EQUIVALENT: f"early stopping alone is as good ({loss_change(dropout)}, within the margin)",
    }.get(
        dropout.decision or Decision.UNDECIDED,
        f"it is not shown to be better than early stopping alone, test loss {loss_change(dropout)}",
    )
    return f"B, {named(dropout)}, is not the answer here: {what}{_sign(dropout, comparison)}."


def _not_the_others(comparison: Comparison, tried: Sequence[Candidate]) -> list[str]:
    """Why not A, C and D."""
    lines = []
    for name, letter in LETTERS.items():
        if name == TEXT_BOOK:
            continue
        one = next((each for each in tried if each.name == name), None)
        if one is None:
            out = next((each for each in comparison.left_out if each.remedy == name), None)
            lines += [f"{letter}, {spoken(name)}, takes no part: {out.because}."] if out else []
        elif one.failed:
            lines.append(f"{letter}, {plain_name(one)}, failed: {one.failed}.")
        elif not helps(one):
            lines.append(f"Not {letter}, {named(one)}: {_verdict(one)}{_sign(one, comparison)}.")
    return lines


def _verdict(one: Candidate) -> str:
    word = {
        Decision.IMPROVED: "its gain is proven and too small to matter",
        Decision.WORSE: "it hurts",
        Decision.EQUIVALENT: "no better than early stopping alone",
    }.get(one.decision or Decision.UNDECIDED, "undecided")
    return f"{word}, test loss {loss_change(one)}"


def _sign(one: Candidate, comparison: Comparison) -> str:
    sign = first_sign(one, reference_of(comparison))
    return f"; {sign}" if sign else ""


def _controls(comparison: Comparison) -> str:
    """What costs nothing, and what a blind choice gives."""
    found = {one.part: one for one in comparison.candidates if one.verdict is not None}
    parts = []
    if (last := found.get(Part.UNTREATED)) is not None:
        parts.append(f"without early stopping the untreated training's test loss is {loss_change(last)}")
    if (lot := found.get(Part.CHANCE)) is not None:
        parts.append(f"a remedy drawn by lot has one {loss_change(lot, EARLY)}")
    return f"{sentence('; '.join(parts))}. In brackets: 95 % intervals over seeds." if parts else ""
