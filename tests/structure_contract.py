# SPDX-License-Identifier: Apache-2.0
"""What must hold for each remedy that changes a model's structure, on every architecture: a plan, or a reason."""

import copy
import pickle
from typing import Any, ClassVar

import pytest
import torch
from torch import nn

from goodfit.errors import NothingMatchedError, SurgeryError
from goodfit.remedies import REMEDIES
from goodfit.surgery import plan, revert_, treat, treat_
from goodfit.surgery.edits import EDITS
from goodfit.surgery.plans._rehearsal import is_close
from goodfit.surgery.trace import call, tensors_of
from goodfit.surgery.verification import same_bits
from goodfit.testing.architectures import ARCHITECTURES, Architecture
from goodfit.values import Edit, Prescription, Treatment

BY_NAME = {each.name: each for each in ARCHITECTURES}
DECLARED = {remedy.name: remedy for remedy in REMEDIES}


def planned(remedy: str, dose: float | None, case: Architecture) -> tuple[nn.Module, Treatment]:
    """A model in training mode, and its treatment."""
    torch.manual_seed(0)
    model = case.build().train()
    return model, plan(model, Prescription(remedy=remedy), dose=dose, example=case.example())


class StructureContract:
    """The contract of one remedy; cells that it does not apply to say why, with the cause."""

    remedy: ClassVar[str]
    dose: ClassVar[float | None] = None
    places: ClassVar[dict[str, tuple[str, ...]]]  # architecture to the dotted names that are edited
    refused: ClassVar[dict[str, str]]  # architecture to a part of the cause

    def pytest_generate_tests(self, metafunc: Any) -> None:
        """Run each test that takes a `case` once for each architecture it applies to."""
        for argument, names in (("case", self.places), ("other", self.refused)):
            if argument in metafunc.fixturenames:
                metafunc.parametrize(argument, [BY_NAME[name] for name in names], ids=list(names))

    def _planned(self, case: Architecture) -> tuple[nn.Module, Treatment]:
        return planned(self.remedy, self.dose, case)

    def test_each_architecture_is_a_cell(self) -> None:
        """Each architecture is either planned or refused with a cause, none is left out."""
        assert {*self.places, *self.refused} == set(BY_NAME)
        assert not set(self.places) & set(self.refused)

    def test_where_it_does_not_apply_it_says_why(self, other: Architecture) -> None:
        """Nothing to change is an error that names the cause, and the model is as it was."""
        torch.manual_seed(0)
        model = other.build()
        before = look(model)
        with pytest.raises(NothingMatchedError) as caught:
            plan(model, Prescription(remedy=self.remedy), dose=self.dose, example=other.example())
        assert self.refused[other.name] in str(caught.value)
        assert look(model) == before

    def test_it_goes_to_these_places(self, case: Architecture) -> None:
        """The edits are at these layers; each has lines of code, and each skipped place a reason."""
        _, treatment = self._planned(case)
        assert tuple(edit.path for edit in treatment.edits) == self.places[case.name]
        assert all(edit.code.strip() for edit in treatment.edits)
        assert all(skip.because for skip in treatment.skipped)

    def test_planning_changes_nothing(self, case: Architecture) -> None:
        """Weights, flags, hooks, gradients and the random state are as they were, and planning again is the same."""
        torch.manual_seed(0)
        model, example = case.build().train(), case.example()
        next(model.children()).eval()
        before, state = look(model), torch.get_rng_state()
        first = plan(model, Prescription(remedy=self.remedy), dose=self.dose, example=example)
        assert look(model) == before
        assert torch.equal(state, torch.get_rng_state())
        assert plan(model, Prescription(remedy=self.remedy), dose=self.dose, example=example) == first

    def test_a_copy_is_treated_and_the_original_left(self, case: Architecture) -> None:
        """`treat` leaves the original and the random state as they were, and shares no tensor with it."""
        model, treatment = self._planned(case)
        before, state = look(model), torch.get_rng_state()
        treated = treat(model, treatment)
        assert look(model) == before
        assert torch.equal(state, torch.get_rng_state())
        assert not {p.data_ptr() for p in model.parameters()} & {p.data_ptr() for p in treated.parameters()}

    def test_keys_are_kept_as_declared(self, case: Architecture) -> None:
        """Whether a checkpoint of the untreated model loads is what the remedy declares."""
        model, treatment = self._planned(case)
        treated = treat(model, treatment)
        shapes = [{k: v.shape for k, v in each.state_dict().items()} for each in (model, treated)]
        assert (shapes[0] == shapes[1]) is DECLARED[self.remedy].keeps_keys

    def test_output_is_kept_as_declared(self, case: Architecture) -> None:
        """In evaluation mode the output is equal bit for bit, equal up to rounding, or of the same shape."""
        model, treatment = self._planned(case)
        treated, example = treat(model, treatment), case.example()
        before, after = out(model.eval(), example), out(treated.eval(), example)
        kept = DECLARED[self.remedy].keeps_output
        assert [t.shape for t in before] == [t.shape for t in after]
        if kept != "no":
            assert all(map(same_bits if kept == "exact" else is_close, before, after))
        else:
            assert not all(map(is_close, before, after))

    def test_revert_restores_exactly_what_was(self, case: Architecture) -> None:
        """After `treat_` and `revert_` everything is as before; reverting twice is an error."""
        model, treatment = self._planned(case)
        before = look(model)
        treat_(model, treatment)
        assert look(model) != before
        revert_(model, treatment)
        assert look(model) == before
        with pytest.raises(SurgeryError):
            revert_(model, treatment)
        assert look(model) == before

    def test_treating_twice_is_refused(self, case: Architecture) -> None:
        """A treatment is not applied on top of itself, and the error says that it is there already."""
        model, treatment = self._planned(case)
        treat_(model, treatment)
        after = look(model)
        with pytest.raises(SurgeryError, match="treated already"):
            treat_(model, treatment)
        assert look(model) == after

    def test_a_failure_half_way_leaves_all_as_it_was(
        self, case: Architecture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """When the last edit fails, those before it are taken back; so it is with the first to be taken back last."""
        model, treatment = self._planned(case)
        before, last = look(model), treatment.edits[-1]
        _fail_at(monkeypatch, last, "carry_out")
        with pytest.raises(SurgeryError, match="RuntimeError"):
            treat_(model, treatment)
        assert look(model) == before
        monkeypatch.undo()
        treat_(model, treatment)
        after = look(model)
        _fail_at(monkeypatch, treatment.edits[0], "take_back")
        with pytest.raises(SurgeryError, match="RuntimeError"):
            revert_(model, treatment)
        assert look(model) == after

    def test_sharing_and_freezing_stay(self, case: Architecture) -> None:
        """Shared modules, tied weights and frozen parameters are the same in the treated copy."""
        model, treatment = self._planned(case)
        treated = treat(model, treatment)
        assert _tied(treated, model) == _tied(model, model)

    def test_copies_and_pickles_stay_treated(self, case: Architecture) -> None:
        """A deep copy and a pickle of the treated model give its output, and can be reverted."""
        model, treatment = self._planned(case)
        treated, example = treat(model, treatment), case.example()
        expected = out(copy.deepcopy(treated).eval(), example)
        for other in (copy.deepcopy(treated), pickle.loads(pickle.dumps(treated))):  # noqa: S301 - our own bytes
            assert all(map(same_bits, expected, out(copy.deepcopy(other).eval(), example)))
            revert_(other, treatment)
            assert look(other) == look(model)

    def test_the_treated_model_can_be_compiled(self, case: Architecture) -> None:
        """torch.compile of the treated model gives its output in both modes."""
        model, treatment = self._planned(case)
        treated, example = treat(model, treatment), case.example()
        compiled = torch.compile(treated, backend="eager")
        for train in (False, True):
            treated.train(train)
            torch.manual_seed(1)
            expected = out(copy.deepcopy(treated), example)
            torch.manual_seed(1)
            with torch.no_grad():
                assert all(map(same_bits, expected, list(tensors_of(call(compiled, example)))))  # type: ignore[arg-type]
        torch.compiler.reset()

    def test_the_treated_model_can_be_exported(self, case: Architecture) -> None:
        """torch.export in evaluation mode gives the treated model's output."""
        model, treatment = self._planned(case)
        treated, example = treat(model, treatment).eval(), case.example()
        named = example if isinstance(example, dict) else {}
        args = () if named else example if isinstance(example, tuple) else (example,)
        exported = torch.export.export(treated, args, named).module()
        assert all(map(is_close, out(treated, example), list(tensors_of(exported(*args, **named)))))

    def test_it_trains(self, case: Architecture) -> None:
        """A step of training reaches the edited layers, changes them, and is not thrown away by reverting."""
        model, treatment = self._planned(case)
        treat_(model, treatment)
        optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=1e-2)
        before = {name: p.detach().clone() for name, p in model.named_parameters()}
        torch.manual_seed(0)
        for _ in range(3):
            optimizer.zero_grad()
            loss: Any = case.loss(call(model.train(), case.example()))
            loss.backward()
            optimizer.step()
        for edit in treatment.edits:
            carrier = EDITS[edit.kind].in_place(_subject(model), edit)
            assert carrier is not None
            names = [name for name in before if name.startswith((f"{edit.path}.", f"{carrier}."))]
            assert all(not torch.equal(before[name], model.get_parameter(name)) for name in names)


def _subject(model: nn.Module) -> Any:
    from goodfit.surgery import Subject

    return Subject(model=model)


def _fail_at(monkeypatch: pytest.MonkeyPatch, edit: Edit, name: str) -> None:
    """Let one function fail for one edit."""
    real = getattr(EDITS[edit.kind], name)

    def failing(subject: Any, each: Edit) -> None:
        if each == edit:
            raise RuntimeError("no")
        real(subject, each)

    monkeypatch.setattr(EDITS[edit.kind], name, failing)


def look(model: nn.Module) -> list[Any]:
    """All of a model that an edit may touch: modules, flags, sizes, hooks, what is kept, and numbers."""
    modules = [
        (
            name,
            repr(module),
            module.training,
            [type(hook) for hook in module._forward_pre_hooks.values()],
            [type(hook) for hook in module._forward_hooks.values()],
            sorted(key for key in vars(module) if key.startswith("_goodfit")),
        )
        for name, module in model.named_modules()
    ]
    numbers = {name: tensor.tolist() for name, tensor in model.state_dict().items()}
    return [modules, numbers, [p.requires_grad for p in model.parameters()]]


def _tied(model: nn.Module, original: nn.Module) -> list[Any]:
    """The first name of each module and parameter of the original under each of its names, and what is frozen."""
    known = dict(original.named_modules(remove_duplicate=False))
    modules = {module: name for name, module in reversed(list(model.named_modules()))}
    listed = [modules[m] for name, m in model.named_modules(remove_duplicate=False) if name in known]
    own = dict(original.named_parameters(remove_duplicate=False))
    parameters = {p: name for name, p in reversed(list(model.named_parameters()))}
    tied = [
        (parameters[p], p.requires_grad)
        for name, p in model.named_parameters(remove_duplicate=False)
        if name in own
    ]
    return [listed, tied]


def layer(model: nn.Module, path: str) -> Any:
    """The layer of a dotted name, of whatever type it is."""
    return model.get_submodule(path)


def out(model: nn.Module, example: Any) -> list[torch.Tensor]:
    """The tensors that a model gives, without gradients."""
    with torch.no_grad():
        return list(tensors_of(call(model, example)))
