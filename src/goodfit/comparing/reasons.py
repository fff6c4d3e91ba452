# SPDX-License-Identifier: Apache-2.0
"""Why each candidate came out as it did: the decision with its numbers, then what its trainings show.

"Shows" is meant: a curve that looks otherwise beside the untreated one is a fact, that it is the cause would be a guess.
"""

from dataclasses import replace

from goodfit.comparing.phrases import (
    could_have_seen,
    is_too_small,
    loss_at,
    loss_change,
    lost_in_correction,
    mean_loss,
)
from goodfit.comparing.signs import signs
from goodfit.report.comparison_names import helps, reference_of
from goodfit.report.words import number, p_value, percent, sentence
from goodfit.values import Candidate, Comparison, Decision, Moment, Part, Verdict

EARLY = "early stopping alone"


def reasoned(comparison: Comparison) -> tuple[Candidate, ...]:
    """The candidates, each with why it came out so."""
    return tuple(replace(one, because=_because(one, comparison)) for one in comparison.candidates)


def _because(one: Candidate, comparison: Comparison) -> str:
    if one.failed:
        return f"Failed: {one.failed}. Nothing can be said about its effect."
    if one.part is Part.REFERENCE:
        return _of_reference(one, comparison)
    assert one.verdict is not None  # noqa: S101 - the reference alone has none
    if one.part is Part.UNTREATED:
        return f"{_size(one)}: what is left when nothing is done."
    if one.part is Part.CHANCE:
        others = sum(
            each.part in (Part.PRIMARY, Part.OTHER) and "+" not in each.name and not each.failed
            for each in comparison.candidates
        )
        return f"{_size(one)}: the mean over the {number(others)} remedies, as if one were drawn by lot."
    reference = reference_of(comparison)
    parts = [_decided(one, one.verdict), *_shown(one, reference), *_last_epoch(one)]
    return " ".join(part for part in parts if part)


def _of_reference(one: Candidate, comparison: Comparison) -> str:
    epochs = next((m.value for m in one.measures if m.name == "epochs-to-best"), None)
    planned = comparison.history.context.epochs_planned
    when = ""
    if epochs is not None:
        of = f" of {planned}" if planned else ""
        when = f", after {epochs:.1f}{of} epochs on average"
    untreated = next((each for each in comparison.candidates if each.part is Part.UNTREATED), None)
    gain = ""
    if untreated is not None and untreated.verdict is not None:
        gain = f" At the last epoch of the same trainings it is {loss_change(untreated)}."
    return f"Test loss {mean_loss(one)} at the best checkpoint of the untreated training{when}.{gain}"


def _size(one: Candidate) -> str:
    return f"Test loss {mean_loss(one)}, {loss_change(one, EARLY)}"


def _decided(one: Candidate, verdict: Verdict) -> str:
    """The decision in a sentence, with how large, how often and how sure."""
    seeds, p = len(verdict.seeds), ""
    if one.adjusted_p is not None and one.decision is Decision.IMPROVED:
        which = "p" if one.part is Part.PRIMARY else "adjusted p"
        p = f", {which} {p_value(one.adjusted_p)}"
    won = f"better in {verdict.wins} of {seeds} seeds"
    if one.decision is Decision.IMPROVED:
        small = (
            ""
            if helps(one)
            else f" The gain is within the margin of ±{percent(_margin_share(verdict), 2)}, which was said not to matter."
        )
        return f"{_size(one)}; {won}{p}.{small}"
    if one.decision is Decision.WORSE:
        return f"{_size(one)}; {won}: it hurts."
    if one.decision is Decision.EQUIVALENT:
        within = (
            f"whatever difference there is stays within the margin of ±{percent(_margin_share(verdict), 2)}"
        )
        return f"As good as early stopping alone: {_lowered(_size(one))}; {within}."
    if lost_in_correction(one):
        return (
            f"{_size(one)}; {won}. Alone its test would pass; corrected for the number of remedies it does not"
            f"{f' (adjusted p {p_value(one.adjusted_p)})' if one.adjusted_p is not None else ''}."
        )
    seen = "" if is_too_small(verdict) else f"; {could_have_seen(verdict)}"
    return f"Undecided: {_lowered(_size(one))}; {won}{seen}."


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]


def _margin_share(verdict: Verdict) -> float:
    control = next((each.control for each in verdict.means if each.metric == "loss"), 0.0)
    return verdict.margin / control if control else 0.0


def _shown(one: Candidate, reference: Candidate) -> list[str]:
    """What its trainings show, as one sentence."""
    found = signs(one, reference)
    return [f"{sentence('; '.join(found))}."] if found else []


def _last_epoch(one: Candidate) -> list[str]:
    """Where it ends when nobody stops it."""
    last = loss_at(one, Moment.LAST)
    if last is None or last.gained is None:
        return []
    gained, size = last.gained, f"At its last epoch its test loss is {number(last.mean, 4)}"
    untreated = number(last.mean + gained.value, 4)
    if gained.low > 0 or gained.high < 0:
        word = "below" if gained.value > 0 else "above"
        return [f"{size}, {word} the {untreated} that the untreated training ends with."]
    return [f"{size}; the untreated training ends with {untreated}, and no difference is shown."]
