# SPDX-License-Identifier: Apache-2.0
"""What must hold for every model that goodfit edits; subclass it for a model of your own.

class TestMyModel(SurgeryContract):
    def build(self):
        return MyModel()

    def example(self):
        return torch.randn(4, 10)
"""

import copy
import pickle
from typing import Any

import pytest
import torch
from torch import nn

from goodfit.errors import SurgeryError
from goodfit.surgery import at_dose, plan, read_facts, revert_, treat, treat_, verify
from goodfit.surgery.edits import EDITS
from goodfit.surgery.trace import call, tensors_of
from goodfit.surgery.verification import same_bits
from goodfit.values import Dose, Prescription, Treatment


class SurgeryContract:
    """The contract of planning, applying, verifying and reverting, for one model."""

    def build(self) -> nn.Module:
        """Make the model, with the same structure each time."""
        raise NotImplementedError

    def example(self) -> Any:
        """One batch as the model takes it."""
        raise NotImplementedError

    def prescription(self) -> Prescription:
        """What is to be done to the model."""
        return Prescription(remedy="raise-dropout", dose=Dose(value=0.5, low=0.2, high=0.6))

    def _planned(self) -> tuple[nn.Module, Treatment]:
        torch.manual_seed(0)
        model = self.build().train()
        return model, plan(model, self.prescription(), example=self.example())

    def test_planning_and_reading_change_nothing(self) -> None:
        """Facts and plans leave weights, flags, hooks, rates and the random state as they were."""
        torch.manual_seed(0)
        model, example = self.build().train(), self.example()
        next(model.children()).eval()
        before, state = _look(model), torch.get_rng_state()
        read_facts(model, example)
        plan(model, self.prescription(), example=example)
        assert _look(model) == before
        assert torch.equal(state, torch.get_rng_state())

    def test_a_checkpoint_fits_both_ways(self) -> None:
        """A checkpoint of the untreated model loads into the treated one strictly, and back."""
        model, treatment = self._planned()
        treated = treat(model, treatment)
        assert list(treated.state_dict()) == list(model.state_dict())
        treated.load_state_dict(self.build().state_dict(), strict=True)
        model.load_state_dict(treated.state_dict(), strict=True)
        verify(model, treated, treatment, self.example())

    def test_inference_is_equal_bit_for_bit(self) -> None:
        """In evaluation mode the treated model gives the very same numbers; in training mode others."""
        model, treatment = self._planned()
        treated, example = treat(model, treatment), self.example()
        verify(model, treated, treatment, example)
        assert _same(_out(model.eval(), example), _out(treated.eval(), example))
        assert not _same(_out(model.train(), example), _out(treated.train(), example))

    def test_the_original_of_a_copy_is_untouched(self) -> None:
        """`treat` leaves the original as it was, and shares no tensor with it."""
        model, treatment = self._planned()
        before = _look(model)
        treated = treat(model, treatment)
        assert _look(model) == before
        assert not {p.data_ptr() for p in model.parameters()} & {p.data_ptr() for p in treated.parameters()}

    def test_revert_restores_exactly_what_was(self) -> None:
        """After `treat_` and `revert_` modules, hooks, rates and flags are as before; reverting twice is an error."""
        model, treatment = self._planned()
        before = _look(model)
        treat_(model, treatment)
        assert _look(model) != before
        revert_(model, treatment)
        assert _look(model) == before
        with pytest.raises(SurgeryError):
            revert_(model, treatment)
        assert _look(model) == before

    def test_treating_twice_is_refused(self) -> None:
        """A treatment is not applied on top of itself."""
        model, treatment = self._planned()
        treat_(model, treatment)
        after = _look(model)
        with pytest.raises(SurgeryError):
            treat_(model, treatment)
        assert _look(model) == after

    def test_a_failure_half_way_leaves_the_model_as_it_was(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """When the last edit fails, those before it are taken back."""
        model, treatment = self._planned()
        before = _look(model)
        last = treatment.edits[-1]
        real = EDITS[last.kind].carry_out

        def failing(m: nn.Module, edit: Any) -> None:
            if edit == last:
                raise RuntimeError("no")
            real(m, edit)

        monkeypatch.setattr(EDITS[last.kind], "carry_out", failing)
        with pytest.raises(SurgeryError, match="RuntimeError"):
            treat_(model, treatment)
        assert _look(model) == before

    def test_sharing_and_freezing_stay(self) -> None:
        """Shared modules, tied weights and frozen parameters are the same in the treated copy."""
        model, treatment = self._planned()
        treated = treat(model, treatment)
        assert _ties(treated) == _ties(model)
        assert [p.requires_grad for p in treated.parameters()] == [
            p.requires_grad for p in model.parameters()
        ]

    def test_copies_and_pickles_stay_treated(self) -> None:
        """A deep copy and a pickle of the treated model give its inference output, and still drop in training."""
        model, treatment = self._planned()
        treated, example = treat(model, treatment), self.example()
        for other in (copy.deepcopy(treated), pickle.loads(pickle.dumps(treated))):  # noqa: S301 - our own bytes
            verify(treated, other, treatment, example)
            trained = copy.deepcopy(other).train()
            assert not _same(_out(copy.deepcopy(model).train(), example), _out(trained, example))
            revert_(other, treatment)
            assert _look(other) == _look(model)

    def test_the_treated_model_can_be_compiled(self) -> None:
        """torch.compile of the treated model gives its output in both modes."""
        model, treatment = self._planned()
        treated, example = treat(model, treatment), self.example()
        compiled = torch.compile(treated, backend="eager")
        for train in (False, True):
            treated.train(train)
            torch.manual_seed(1)
            expected = _out(copy.deepcopy(treated), example)
            torch.manual_seed(1)
            assert _same(expected, list(tensors_of(call(compiled, example))))  # type: ignore[arg-type]
        torch.compiler.reset()

    def test_the_treated_model_can_be_exported(self) -> None:
        """torch.export of the treated model in evaluation mode gives the untreated model's output."""
        model, treatment = self._planned()
        example = self.example()
        named = example if isinstance(example, dict) else {}
        args = () if named else example if isinstance(example, tuple) else (example,)
        exported = torch.export.export(treat(model, treatment).eval(), args, named).module()
        assert _same(_out(model.eval(), example), list(tensors_of(exported(*args, **named))))

    def test_another_rate_goes_to_the_same_places(self) -> None:
        """`at_dose` changes the rates of a treatment and nothing else, and applies and reverts alike."""
        model, treatment = self._planned()
        other = at_dose(treatment, 0.25)
        assert [e.path for e in other.edits] == [e.path for e in treatment.edits]
        assert all("0.25" in e.code for e in other.edits)
        verify(model, treat(model, other), other, self.example())


def _look(model: nn.Module) -> list[Any]:
    """All of a model that an edit may touch: modules, flags, rates, hooks and numbers."""
    modules = [
        (
            name,
            type(module),
            module.training,
            getattr(module, "p", None),
            [type(hook) for hook in module._forward_pre_hooks.values()],  # noqa: SLF001 - what is to be compared
            list(module._forward_pre_hooks_with_kwargs.values()),  # noqa: SLF001 - the same
            len(module._forward_hooks),  # noqa: SLF001 - the same
        )
        for name, module in model.named_modules()
    ]
    numbers = {name: tensor.tolist() for name, tensor in model.state_dict().items()}
    return [modules, numbers]


def _ties(model: nn.Module) -> tuple[list[str], list[str]]:
    """The first name of each module and parameter under each of its names, leaving inserted dropout out."""
    modules = {module: name for name, module in reversed(list(model.named_modules()))}
    listed = [modules[module] for name, module in model.named_modules(remove_duplicate=False)]
    parameters = {p: name for name, p in reversed(list(model.named_parameters()))}
    tied = [parameters[p] for _, p in model.named_parameters(remove_duplicate=False)]
    return [name for name in listed if not name.endswith("input_dropout")], tied


def _out(model: nn.Module, example: Any) -> list[torch.Tensor]:
    return list(tensors_of(call(model, example)))


def _same(a: list[torch.Tensor], b: list[torch.Tensor]) -> bool:
    return len(a) == len(b) and all(map(same_bits, a, b))
