# SPDX-License-Identifier: Apache-2.0
"""From what was found to what to change, best first, and why nothing else.

Every remedy is asked about every case: it is prescribed, or it is left with the number that decided.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from goodfit.remedies._case import Case
from goodfit.remedies._no_change import no_change
from goodfit.remedies._remedy import Remedy
from goodfit.remedies._words import said
from goodfit.remedies.batch_norm import BatchNorm
from goodfit.remedies.early_stopping import EarlyStopping
from goodfit.remedies.fewer_nodes import FewerNodes
from goodfit.remedies.l1 import L1
from goodfit.remedies.label_smoothing import LabelSmoothing
from goodfit.remedies.lower_dropout import LowerDropout
from goodfit.remedies.lower_learning_rate import LowerLearningRate
from goodfit.remedies.more_data import MoreData
from goodfit.remedies.more_nodes import MoreNodes
from goodfit.remedies.raise_dropout import RaiseDropout
from goodfit.remedies.raise_learning_rate import RaiseLearningRate
from goodfit.remedies.stochastic_depth import StochasticDepth
from goodfit.remedies.train_longer import TrainLonger
from goodfit.remedies.weight_decay import WeightDecay
from goodfit.values import Diagnosis, History, ModelFacts, Prescription, ProbeResult, Rejection, Results

REMEDIES: tuple[Remedy, ...] = (
    RaiseDropout(),
    EarlyStopping(),
    WeightDecay(),
    L1(),
    LabelSmoothing(),
    StochasticDepth(),
    BatchNorm(),
    MoreNodes(),
    FewerNodes(),
    TrainLonger(),
    RaiseLearningRate(),
    LowerLearningRate(),
    LowerDropout(),
    MoreData(),
)

RANKING: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "GF301": ("lower-learning-rate",),
        "GF203": ("batch-norm", "raise-learning-rate", "lower-learning-rate"),
        "GF101": (
            "raise-dropout",
            "early-stopping",
            "weight-decay",
            "label-smoothing",
            "l1",
            "more-data",
            "stochastic-depth",
            "fewer-nodes",
        ),
        "GF302": ("lower-learning-rate",),
        "GF204": ("lower-dropout",),
        "GF201": (
            "lower-learning-rate",
            "raise-learning-rate",
            "lower-dropout",
            "batch-norm",
            "more-nodes",
            "train-longer",
        ),
        "GF202": ("lower-learning-rate", "raise-learning-rate", "batch-norm", "train-longer"),
        "GF303": ("lower-learning-rate",),
        "GF103": ("label-smoothing",),
        "GF102": ("raise-dropout", "weight-decay", "more-data"),
    }
)
"""Which remedy comes first for which finding, by our judgement; published comparisons cover few of these orders."""


def prescribe(
    diagnoses: Sequence[Diagnosis],
    history: History | None = None,
    model: ModelFacts | None = None,
    probes: Sequence[ProbeResult] = (),
) -> tuple[Prescription, ...]:
    """Choose among all remedies for what was diagnosed, best first; never empty.

    Args:
        diagnoses: what `diagnose` gave for the run.
        history: the run itself, for the numbers that the diagnoses do not carry.
        model: its facts, for places and present rates.
        probes: what `probe` found, for the numbers that only an experiment gives.

    Returns:
        The remedies that fit. "no-change" stands alone when nothing is to be changed, and first when a remedy
        is only a weak option (a standing gap). Each carries the reason against every remedy not returned.
    """
    case = Case(diagnoses=tuple(diagnoses), history=history, model=model, probes=tuple(probes))
    answers = [_considered(remedy, case) for remedy in REMEDIES]
    if not any(isinstance(answer, Prescription) for answer in answers):
        answers = [remedy.settle(case) or answer for remedy, answer in zip(REMEDIES, answers, strict=True)]
    fitting = {answer.remedy: answer for answer in answers if isinstance(answer, Prescription)}
    left = tuple(answer for answer in answers if isinstance(answer, Rejection))
    ranked = [fitting.pop(name) for code in case.found for name in RANKING.get(code, ()) if name in fitting]
    ranked += fitting.values()  # what only settles an open question has no rank
    if not ranked or case.found == ("GF102",):
        ranked.insert(0, no_change(case))
    return Results(replace(each, rejected=left) for each in ranked)


def _considered(remedy: Remedy, case: Case) -> Prescription | Rejection:
    """What a remedy says; without a finding, or when training was lost, there is nothing to consider."""
    if "GF301" in case.found and "GF301" not in remedy.treats:
        return remedy.leave(f"training was lost, and that comes first: {said(case, 'GF301')}")
    if not case.found:
        return remedy.nothing_to_treat(case)
    return remedy.consider(case)
