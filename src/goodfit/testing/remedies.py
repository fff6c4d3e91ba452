# SPDX-License-Identifier: Apache-2.0
"""What must hold for every remedy; subclass it to hold remedies of your own to the same.

class TestRemedies(RemedyContract):
    bibliography = Path("references.bib")
"""

import re
from pathlib import Path
from typing import Any, ClassVar

import pytest
import torch
from torch import Tensor, nn

from goodfit.errors import SurgeryError
from goodfit.remedies import RANKING, REMEDIES, Case, Remedy, prescribe
from goodfit.rules import RULES, diagnose
from goodfit.surgery import PLANNERS, Subject, plan, read_facts, revert_, treat, treat_, verify
from goodfit.surgery.closeness import is_close, same_bits
from goodfit.surgery.edits import EDITS
from goodfit.surgery.trace import call, tensors_of
from goodfit.values import (
    Diagnosis,
    History,
    LayerKind,
    Outcome,
    Prescription,
    Rejection,
    Severity,
    Treatment,
)

_TEXTS = ("what", "how", "benefits", "costs", "risk", "where", "since")
MEASURABLE = (
    "single-unit-reliance",
    "input-noise",
    "step-time",
    "inference-time",
    "weight-norm",
    "zero-share",
    "generalisation-gap",
    "epochs-to-best",
    "best-loss",
    "between-epoch-noise",
    "gradient-spread",
    "parameters",
    "mask-ensemble",
    "calibration-error",
)
"""What goodfit can measure on a user's task, so that a trade-off can be seen there."""
_CODES = tuple(rule.code for rule in RULES)


def cases() -> dict[str, tuple[Diagnosis, ...] | History]:
    """Runs and bare diagnoses of every kind: each rule's two examples, and each finding without its history."""
    found: dict[str, tuple[Diagnosis, ...] | History] = {}
    for rule in RULES:
        found[f"{rule.code} present"], found[f"{rule.code} absent"] = rule.present(), rule.absent()
        alone = Diagnosis(
            code=rule.code,
            name=rule.name,
            outcome=Outcome.PRESENT,
            severity=Severity.WARNING,
            message="It is so.",
        )
        found[f"{rule.code} alone"] = (alone,)
    return found


class RemedyContract:
    """The contract of the remedies in `remedies`, one test a promise; `bibliography` is the file of their sources."""

    remedies: ClassVar[tuple[Remedy, ...]] = REMEDIES
    bibliography: ClassVar[Path] = Path("references.bib")

    def pytest_generate_tests(self, metafunc: Any) -> None:
        """Run each test that takes a `remedy` or a `case` once for each."""
        if "remedy" in metafunc.fixturenames:
            metafunc.parametrize("remedy", self.remedies, ids=[remedy.name for remedy in self.remedies])
        if "case" in metafunc.fixturenames:
            metafunc.parametrize("case", list(cases().values()), ids=list(cases()))

    def build(self) -> nn.Module:
        """A small model with a place for dropout and some dropout already."""
        return nn.Sequential(
            nn.Linear(6, 5), nn.ReLU(), nn.Dropout(0.5), nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 2)
        )

    def example(self) -> Any:
        """One batch for it."""
        weights = next(self.build().parameters())
        return weights.new_ones(3, 6)

    def test_its_texts_are_whole(self, remedy: Remedy) -> None:
        """Every text is there, and the name is in kebab-case."""
        assert all(getattr(remedy, field).strip() for field in _TEXTS)
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", remedy.name)
        assert remedy.what.endswith(".")

    def test_it_names_rules_that_exist(self, remedy: Remedy) -> None:
        """It treats something, makes nothing worse that it treats, and both are codes of the rulebook."""
        assert remedy.treats
        assert {*remedy.treats, *remedy.worsens} <= set(_CODES)
        assert not set(remedy.treats) & set(remedy.worsens)

    def test_its_ranking_is_what_it_treats(self, remedy: Remedy) -> None:
        """It has a rank for exactly the findings that it treats."""
        assert {code for code, names in RANKING.items() if remedy.name in names} == set(remedy.treats)

    def test_its_sources_are_in_the_bibliography(self, remedy: Remedy) -> None:
        """Each source has a key of the bibliography, a place, and what it says there."""
        keys = set(re.findall(r"@\w+\{(\w+),", self.bibliography.read_text(encoding="utf-8")))
        assert remedy.sources
        for source in remedy.sources:
            assert source.key in keys
            assert source.place
            assert source.says.endswith(".")

    def test_its_numbers_have_reasons(self, remedy: Remedy) -> None:
        """Each threshold says why; a dose lies within the range worth trying."""
        assert all(threshold.because for threshold in remedy.thresholds)
        if remedy.dose is not None:
            assert remedy.dose.low <= remedy.dose.value <= remedy.dose.high
            assert remedy.dose.unit

    def test_it_is_prescribed_or_left_with_a_reason(
        self, remedy: Remedy, case: tuple[Diagnosis, ...] | History
    ) -> None:
        """In every case it answers; it is prescribed only for what it treats, and says why either way."""
        history = case if isinstance(case, History) else None
        diagnoses = diagnose(case) if isinstance(case, History) else case
        answer = remedy.consider(Case(diagnoses=diagnoses, history=history))
        if isinstance(answer, Prescription):
            present = {each.code for each in diagnoses if each.outcome is Outcome.PRESENT}
            assert present & set(remedy.treats)
            assert answer.because
            assert answer.expected
            assert answer.where
            assert answer.sources == remedy.sources
        else:
            assert isinstance(answer, Rejection)
            assert answer.because.strip()
        assert answer.remedy == remedy.name
        assert "nan" not in answer.because.lower().split()

    def test_each_is_among_the_answers(self, case: tuple[Diagnosis, ...] | History) -> None:
        """Each remedy is either prescribed or among the rejected, never both, whatever was found."""
        history = case if isinstance(case, History) else None
        diagnoses = diagnose(case) if isinstance(case, History) else case
        prescriptions = prescribe(diagnoses, history, read_facts(self.build()))
        chosen = [each.remedy for each in prescriptions if each.remedy != "no-change"]
        for prescription in prescriptions:
            left = [rejection.remedy for rejection in prescription.rejected]
            assert sorted(chosen + left) == sorted(remedy.name for remedy in REMEDIES)

    def test_what_it_gives_and_takes_can_be_measured(self, remedy: Remedy) -> None:
        """Each trade-off is a sentence with a measurement that goodfit can make, and no sentence comes twice."""
        assert remedy.trade_offs
        for each in remedy.trade_offs:
            assert each.says.endswith(".")
            assert each.measured_by in MEASURABLE
        assert len({each.says for each in remedy.trade_offs}) == len(remedy.trade_offs)

    def test_it_is_planned_or_advice(self, remedy: Remedy) -> None:
        """A remedy that declares edits has a planner and the edits are its own; the others are said to be advice."""
        assert (remedy.name in PLANNERS) is bool(remedy.edits)
        if not remedy.edits:
            with pytest.raises(SurgeryError, match="is advice"):
                plan(self.build(), Prescription(remedy=remedy.name, dose=remedy.dose))
            return
        edits = self._planned(remedy, self.subject(remedy)).edits
        assert {EDITS[edit.kind].__name__.rpartition(".")[2] for edit in edits} <= set(remedy.edits)
        assert all(edit.kind.of_training for edit in edits) is PLANNERS[remedy.name].of_training
        assert all(edit.code for edit in edits)

    def test_its_promises_hold_for_a_model(self, remedy: Remedy) -> None:
        """A remedy that edits models keeps keys and inference output as it declares."""
        if not remedy.edits or PLANNERS[remedy.name].of_training:
            pytest.skip("changes no model")
        torch.manual_seed(0)  # in a few draws the units that fewer nodes takes away are silent already
        model, example = self.model_for(remedy), self.example()
        treatment = self._planned(remedy, Subject(model=model))
        treated = treat(model, treatment)
        shapes = [{key: t.shape for key, t in each.state_dict().items()} for each in (model, treated)]
        outputs = [list(tensors_of(call(each.eval(), example))) for each in (model, treated)]
        same = {"exact": same_bits, "close": is_close}.get(remedy.keeps_output)
        assert (shapes[0] == shapes[1]) is remedy.keeps_keys
        assert same is None or all(map(same, *outputs))
        assert same is not None or not all(map(is_close, *outputs))
        verify(model, treated, treatment, example)
        assert LayerKind.OTHER not in remedy.applies_to

    def test_its_promises_hold_for_a_training(self, remedy: Remedy) -> None:
        """A remedy of the training leaves the model as it is, changes what trains it, and takes that back."""
        if not remedy.edits or not PLANNERS[remedy.name].of_training:
            pytest.skip("changes no training")
        assert (remedy.keeps_keys, remedy.keeps_output, remedy.applies_to) == (True, "exact", ())
        subject = self.subject()
        treatment = self._planned(remedy, subject)
        state = {name: tensor.clone() for name, tensor in subject.model.state_dict().items()}
        treat_(subject, treatment)
        assert all(EDITS[edit.kind].in_place(subject, edit) == "" for edit in treatment.edits)
        assert all(same_bits(state[name], found) for name, found in subject.model.state_dict().items())
        revert_(subject, treatment)
        assert all(EDITS[edit.kind].in_place(subject, edit) is None for edit in treatment.edits)

    def model_for(self, remedy: Remedy) -> nn.Module:
        """The model, or one with a residual branch where the remedy needs that."""
        return Residual(self.build()) if remedy.name == "stochastic-depth" else self.build()

    def subject(self, remedy: Remedy | None = None) -> Subject:
        """The model with all that trains it."""
        model = self.build() if remedy is None else self.model_for(remedy)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        return Subject(model=model, optimizer=optimizer, loss=nn.CrossEntropyLoss(), epochs=10)

    def _planned(self, remedy: Remedy, subject: Subject) -> Treatment:
        return plan(
            subject,
            Prescription(remedy=remedy.name, dose=remedy.dose),
            dose=_dose_for(remedy),
            example=self.example(),
        )


class Residual(nn.Module):
    """A model whose output is added to what a layer makes of it, and read by another."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model, self.branch, self.head = model, nn.Linear(2, 2), nn.Linear(2, 2)

    def forward(self, x: Tensor) -> Tensor:
        """Whatever the model takes, to (n, 2)."""
        x = self.model(x)
        out: Tensor = self.head(x + self.branch(x))
        return out


def _dose_for(remedy: Remedy) -> float | None:
    """The remedy's own dose; of dropout a rate in its own direction from the example's one half."""
    return {"lower-dropout": 0.1, "raise-dropout": 0.6}.get(remedy.name)
