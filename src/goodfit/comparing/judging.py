# SPDX-License-Identifier: Apache-2.0
"""Scored trainings become candidates, each held against early stopping alone.

The primary remedy's test was declared before the test set was read and stands alone; the others, and any claim that
one of them is worse, are corrected for how many there are (Holm 1979).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from goodfit.comparing.contest import Entry, Scored
from goodfit.comparing.entrants import CHANCE, REFERENCE, UNTREATED
from goodfit.comparing.measured import INFERENCE, changes, means
from goodfit.proof import compare_runs, decide_together
from goodfit.proof.intervals import paired_t_interval
from goodfit.proof.levels import EFFECT_COVERAGE
from goodfit.trials.traits import TRAITS
from goodfit.values import Arm, Candidate, Effect, Goal, Measurement, Moment, Part, Run, Score, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """What all candidates of a comparison are judged by."""

    reference: tuple[Scored, ...]  # the untreated trainings
    groups: tuple[int, ...] | None  # of the test examples
    reads: int
    metric: tuple[str, Goal] | None

    def verdict(self, treated: Sequence[Run]) -> Verdict:
        """A candidate's runs against the untreated training at its best checkpoint."""
        return compare_runs(
            [one.best for one in self.reference],
            [replace(run, arm=Arm.TREATMENT) for run in treated],
            groups=self.groups,
            holdout_reads=self.reads,
        )

    def scores(self, best: Sequence[Run], last: Sequence[Run]) -> tuple[Score, ...]:
        """Loss and metric at both moments, each with what was gained over the untreated training at that moment."""
        found = []
        for moment, runs, untreated in (
            (Moment.BEST, best, [one.best for one in self.reference]),
            (Moment.LAST, last, ended(self.reference)),
        ):
            if not runs:
                continue
            for name, goal in (("loss", Goal.MINIMIZE), *([self.metric] if self.metric else [])):
                values = [run.scores[name] for run in runs]
                gained = _gained(name, goal, [run.scores[name] for run in untreated], values)
                found.append(Score(metric=name, moment=moment, mean=float(np.mean(values)), gained=gained))
        return tuple(found)


def ended(scored: Sequence[Scored]) -> list[Run]:
    """The runs at their last epoch; none where one was not kept."""
    found = [one.last for one in scored if one.last is not None]
    return found if len(found) == len(scored) else []


def _gained(name: str, goal: Goal, control: Sequence[float], treated: Sequence[float]) -> Effect:
    sign = 1.0 if goal is Goal.MINIMIZE else -1.0
    gains = [sign * (a - b) for a, b in zip(control, treated, strict=True)]
    low, high = paired_t_interval(gains, EFFECT_COVERAGE.value)
    return Effect(
        name=f"{name} gained, over seeds",
        value=float(np.mean(gains)),
        low=low,
        high=high,
        level=EFFECT_COVERAGE.value,
        unit=name,
        method="paired t over seeds",
    )


def candidates_of(
    entries: Sequence[Entry],
    *,
    reads: int,
    groups: tuple[int, ...] | None = None,
    metric: tuple[str, Goal] | None = None,
) -> tuple[Candidate, ...]:
    """All that took part, the lowest test loss first, those that failed last.

    Args:
        entries: the untreated trainings first.
        reads: looks at the test set so far, this one included.
        groups: equal codes for test examples that are not independent; None: each alone.
        metric: name and goal of what is reported beside the loss.
    """
    untreated, *others = entries
    judging = Judging(reference=untreated.scored, groups=groups, reads=reads, metric=metric)
    judged = [*_untreated(judging, untreated), *(_candidate(judging, entry) for entry in others)]
    lot = _by_lot(judging, [entry for entry in others if entry.scored and _is_single(entry)])
    found = _decided([*judged, *lot])
    return tuple(sorted(found, key=lambda one: (not one.losses, float(np.mean(one.losses or [0.0])))))


def _decided(judged: Sequence[Candidate]) -> list[Candidate]:
    """The same with their decisions: the primary one's own, the others' corrected for how many they are."""
    family = [one for one in judged if one.part in (Part.PRIMARY, Part.OTHER) and one.verdict is not None]
    primary = next((place for place, one in enumerate(family) if one.part is Part.PRIMARY), None)
    together = decide_together([one.verdict for one in family if one.verdict is not None], primary)
    adjusted = dict(zip((one.name for one in family), together, strict=True))
    return [
        replace(one, decision=adjusted[one.name].decision, adjusted_p=adjusted[one.name].improved_p)
        if one.name in adjusted
        else replace(one, decision=one.verdict.decision if one.verdict is not None else None)
        for one in judged
    ]


def _is_single(entry: Entry) -> bool:
    return entry.tuned is not None and entry.tuned.settings is not None and "+" not in entry.tuned.name


def _untreated(judging: Judging, entry: Entry) -> list[Candidate]:
    best, last = [one.best for one in entry.scored], ended(entry.scored)
    reference = Candidate(
        name=REFERENCE,
        part=Part.REFERENCE,
        scores=tuple(replace(score, gained=None) for score in judging.scores(best, last)),
        losses=tuple(run.score for run in best),
        measures=_measures(entry),
        history=best[0].history,
    )
    if not last:
        return [reference]
    at_the_end = Candidate(
        name=UNTREATED,
        part=Part.UNTREATED,
        verdict=judging.verdict(last),
        scores=tuple(s for s in judging.scores(best, last) if s.moment is Moment.LAST),
        losses=tuple(run.score for run in last),
        history=best[0].history,
    )
    return [reference, at_the_end]


def _candidate(judging: Judging, entry: Entry) -> Candidate:
    tuned = entry.tuned
    assert tuned is not None  # noqa: S101 - the untreated entry is judged apart
    named = Candidate(
        name=tuned.name,
        part=tuned.part,
        dose=tuned.dose,
        knob=tuned.knob,
        settings_tried=tuned.tried,
        failed=entry.failed,
        notes=tuned.notes,
    )
    if entry.failed:
        return named
    best = [one.best for one in entry.scored]
    return replace(
        named,
        verdict=judging.verdict(best),
        scores=judging.scores(best, ended(entry.scored)),
        losses=tuple(run.score for run in best),
        measures=_measures(entry),
        changes=changes([one.traits for one in judging.reference], [one.traits for one in entry.scored]),
        history=best[0].history,
    )


def _measures(entry: Entry) -> tuple[Measurement, ...]:
    found = means([one.traits for one in entry.scored])
    if entry.inference is None:
        return found
    return (*found, TRAITS[INFERENCE].over_seeds([entry.inference]))


def _by_lot(judging: Judging, entries: Sequence[Entry]) -> list[Candidate]:
    """What a remedy drawn by lot gives: the mean over all of them, example by example, so that no draw matters."""
    if not entries:
        return []
    best = [
        _mean_run(runs) for runs in zip(*([one.best for one in each.scored] for each in entries), strict=True)
    ]
    last = [_mean_run(runs) for runs in zip(*(ended(each.scored) for each in entries), strict=True)]
    return [
        Candidate(
            name=CHANCE,
            part=Part.CHANCE,
            verdict=judging.verdict(best),
            scores=judging.scores(best, last),
            losses=tuple(run.score for run in best),
        )
    ]


def _mean_run(runs: Sequence[Run]) -> Run:
    names = set.intersection(*(set(run.scores) for run in runs))
    return replace(
        runs[0],
        score=float(np.mean([run.score for run in runs])),
        scores={name: float(np.mean([run.scores[name] for run in runs])) for name in names},
        per_example=tuple(np.mean([run.per_example for run in runs], axis=0).tolist()),
    )
