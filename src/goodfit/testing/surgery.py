# SPDX-License-Identifier: Apache-2.0
"""What must hold for every model that goodfit edits; subclass it for a model of your own.

class TestMyModel(SurgeryContract):
    def build(self):
        return MyModel()

    def example(self):
        return torch.randn(4, 10)

What a remedy declares (`keeps_keys`, `keeps_output`) decides what is asserted of it.
"""

import copy
import pickle
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from goodfit.errors import SurgeryError
from goodfit.remedies import REMEDIES, Remedy
from goodfit.surgery import Subject, at_dose, plan, read_facts, revert_, treat, treat_, verify
from goodfit.surgery.edits import EDITS
from goodfit.surgery.trace import call, tensors_of
from goodfit.testing._looking import look, out, same, ties
from goodfit.testing._using import UseContract
from goodfit.testing.architectures import sum_of_squares
from goodfit.values import Dose, Edit, Prescription, Treatment


class SurgeryContract(UseContract):
    """The contract of planning, applying, verifying and reverting, for one model and one remedy."""

    def build(self) -> nn.Module:
        """Make the model, with the same structure each time."""
        raise NotImplementedError

    def example(self) -> Any:
        """One batch as the model takes it."""
        raise NotImplementedError

    def loss(self, output: Any) -> Tensor:
        """A loss of the model's output, for a step of training."""
        return sum_of_squares(output)

    def prescription(self) -> Prescription:
        """What is to be done to the model."""
        return Prescription(remedy="raise-dropout", dose=Dose(value=0.5, low=0.2, high=0.6))

    def other_dose(self) -> float:
        """Another dose that moves the same places."""
        return 0.25

    def remedy(self) -> Remedy:
        """The remedy prescribed, which declares what it keeps."""
        return next(each for each in REMEDIES if each.name == self.prescription().remedy)

    def planned(self) -> tuple[nn.Module, Treatment]:
        """The model, and the treatment worked out for it."""
        torch.manual_seed(0)
        model = self.build().train()
        return model, plan(model, self.prescription(), example=self.example())

    def agree(self, a: list[Tensor], b: list[Tensor]) -> bool:
        """Whether two outputs in evaluation mode are as like as the remedy declares."""
        if self.remedy().keeps_output == "exact":
            return same(a, b)
        close = all(torch.allclose(x, y, rtol=1e-4, atol=1e-5) for x, y in zip(a, b, strict=True))
        return close or self.remedy().keeps_output == "no"

    def test_planning_and_reading_change_nothing(self) -> None:
        """Facts and plans leave weights, flags, hooks, rates and the random state as they were."""
        torch.manual_seed(0)
        model, example = self.build().train(), self.example()
        next(model.children()).eval()
        before, state = look(model), torch.get_rng_state()
        read_facts(model, example)
        plan(model, self.prescription(), example=example)
        assert look(model) == before
        assert torch.equal(state, torch.get_rng_state())

    def test_a_checkpoint_fits_as_declared(self) -> None:
        """Where keys are kept, a checkpoint of the untreated model loads into the treated one strictly, and back."""
        model, treatment = self.planned()
        treated = treat(model, treatment)
        keeps = self.remedy().keeps_keys
        assert (list(treated.state_dict()) == list(model.state_dict())) is keeps
        if keeps:
            treated.load_state_dict(self.build().state_dict(), strict=True)
            model.load_state_dict(treated.state_dict(), strict=True)
        verify(model, treated, treatment, self.example())

    def test_inference_is_as_declared(self) -> None:
        """In evaluation mode the treated model gives the declared numbers, however it is called; in training others."""
        model, treatment = self.planned()
        treated, example = treat(model, treatment), self.example()
        verify(model, treated, treatment, example)
        for context in (torch.enable_grad, torch.no_grad, torch.inference_mode):
            with context():  # without gradients torch's transformer layers run as one fused call
                assert self.agree(out(model.eval(), example), out(treated.eval(), example))
        assert not same(out(model.train(), example), out(treated.train(), example))

    def test_the_original_of_a_copy_is_untouched(self) -> None:
        """`treat` leaves the original as it was, and shares no tensor with it."""
        model, treatment = self.planned()
        before = look(model)
        treated = treat(model, treatment)
        assert look(model) == before
        assert not {p.data_ptr() for p in model.parameters()} & {p.data_ptr() for p in treated.parameters()}

    def test_revert_restores_exactly_what_was(self) -> None:
        """After `treat_` and `revert_` modules, hooks, rates and flags are as before; reverting twice is an error."""
        model, treatment = self.planned()
        before = look(model)
        treat_(model, treatment)
        assert look(model) != before
        revert_(model, treatment)
        assert look(model) == before
        with pytest.raises(SurgeryError):
            revert_(model, treatment)
        assert look(model) == before

    def test_treating_twice_is_refused(self) -> None:
        """A treatment is not applied on top of itself."""
        model, treatment = self.planned()
        treat_(model, treatment)
        after = look(model)
        with pytest.raises(SurgeryError):
            treat_(model, treatment)
        assert look(model) == after

    def test_a_failure_half_way_leaves_the_model_as_it_was(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """When the last edit fails, those before it are taken back."""
        model, treatment = self.planned()
        before = look(model)
        last = treatment.edits[-1]
        real = EDITS[last.kind].carry_out

        def failing(subject: Subject, edit: Edit) -> None:
            if edit == last:
                raise RuntimeError("no")
            real(subject, edit)

        monkeypatch.setattr(EDITS[last.kind], "carry_out", failing)
        with pytest.raises(SurgeryError, match="RuntimeError"):
            treat_(model, treatment)
        assert look(model) == before

    def test_sharing_and_freezing_stay(self) -> None:
        """Shared modules, tied weights and frozen parameters are the same in the treated copy."""
        model, treatment = self.planned()
        treated = treat(model, treatment)
        assert ties(treated) == ties(model)
        if self.remedy().keeps_keys:
            frozen = [p.requires_grad for p in model.parameters()]
            assert [p.requires_grad for p in treated.parameters()] == frozen

    def test_copies_and_pickles_stay_treated(self) -> None:
        """A deep copy and a pickle of the treated model give its inference output, and still differ in training."""
        model, treatment = self.planned()
        treated, example = treat(model, treatment), self.example()
        for other in (copy.deepcopy(treated), pickle.loads(pickle.dumps(treated))):  # noqa: S301 - our own bytes
            verify(treated, other, treatment, example)
            trained = copy.deepcopy(other).train()
            assert not same(out(copy.deepcopy(model).train(), example), out(trained, example))
            revert_(other, treatment)
            assert look(other) == look(model)

    def test_another_dose_goes_to_the_same_places(self) -> None:
        """`at_dose` changes the numbers of a treatment and nothing else, and applies and reverts alike."""
        model, treatment = self.planned()
        dose = self.other_dose()
        other = at_dose(treatment, dose)
        assert [(e.path, e.attribute) for e in other.edits] == [
            (e.path, e.attribute) for e in treatment.edits
        ]
        for edit in other.edits:
            assert edit.after == (dose if edit.most is None else min(dose, edit.most))
            assert f"{edit.after:g}" in edit.code
        verify(model, treat(model, other), other, self.example())

    def test_the_treated_model_learns(self) -> None:
        """A step of training gives every weight that the untreated model trains a finite gradient."""
        model, treatment = self.planned()
        treated = treat(model, treatment)
        for each in (model, treated):
            each.train()
            self.loss(call(each, self.example())).backward()  # type: ignore[no-untyped-call]
        trained = [name for name, p in model.named_parameters() if p.grad is not None]
        reached = dict(treated.named_parameters())
        for name in trained:
            gradient = reached[name].grad
            assert gradient is not None
            assert bool(torch.isfinite(gradient).all())
        assert list(tensors_of(call(treated, self.example())))
