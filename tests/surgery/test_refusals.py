# SPDX-License-Identifier: Apache-2.0
"""What surgery refuses, how it says so, and that a refusal changes nothing."""

from typing import cast

import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812 - torch's own abbreviation

from goodfit.errors import SurgeryError
from goodfit.nn import attach_
from goodfit.surgery import Subject, plan, read_facts, revert_, treat, treat_, verify
from goodfit.surgery.edits import EDITS
from goodfit.values import Dose, Edit, EditKind, Prescription, Treatment

RAISE = Prescription(remedy="raise-dropout", dose=Dose(value=0.4, low=0.2, high=0.6))


def _mlp(*, rates: tuple[float, ...] = ()) -> nn.Sequential:
    dropouts = [nn.Dropout(rate) for rate in rates]
    return nn.Sequential(nn.Linear(6, 5), nn.ReLU(), *dropouts, nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 2))


def test_a_scripted_model_is_refused() -> None:
    """TorchScript cannot be edited; the error says to treat the Python model."""
    with pytest.warns(DeprecationWarning, match="torch.jit"):
        scripted = torch.jit.script(_mlp())
    with pytest.raises(SurgeryError, match="TorchScript"):
        plan(scripted, RAISE)


def test_edits_that_would_change_the_keys_are_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the state-dict keys are not the same after the edits, the model is put back and an error raised."""
    model = _mlp()
    treatment = plan(model, RAISE)
    real = EDITS[EditKind.INSERT_DROPOUT].carry_out

    def with_a_buffer(subject: Subject, edit: Edit) -> None:
        real(subject, edit)
        subject.model.get_submodule(edit.path).get_submodule("input_dropout").register_buffer(
            "extra", torch.ones(1)
        )

    monkeypatch.setattr(EDITS[EditKind.INSERT_DROPOUT], "carry_out", with_a_buffer)
    keys, names = list(model.state_dict()), [name for name, _ in model.named_modules()]
    with pytest.raises(SurgeryError, match="change the state-dict keys"):
        treat_(model, treatment)
    assert list(model.state_dict()) == keys
    assert [name for name, _ in model.named_modules()] == names


def test_a_name_that_is_taken_is_refused() -> None:
    """A layer that has an `input_dropout` of its own is not overwritten."""
    layer = nn.Linear(2, 2)
    layer.input_dropout = nn.Dropout(0.1)
    with pytest.raises(SurgeryError, match="already has"):
        attach_(layer, 0.3)


def test_a_treatment_for_another_structure_is_refused() -> None:
    """The fingerprint keeps a plan from being applied to another model; weights and dtype do not matter."""
    treatment = plan(_mlp(), RAISE)
    with pytest.raises(SurgeryError, match="another structure"):
        treat(_mlp(rates=(0.1,)), treatment)
    assert treat(_mlp().double(), treatment) is not None


def test_a_rate_that_moved_since_the_plan_is_noticed() -> None:
    """When an existing rate is no longer what was planned from, nothing is changed."""
    model = _mlp(rates=(0.2,))
    treatment = plan(model, RAISE)
    cast("nn.Dropout", model[2]).p = 0.3
    with pytest.raises(SurgeryError, match=r"rate of 0\.2 was expected, and 0\.3 found"):
        treat_(model, treatment)
    assert read_facts(model).dropout_rates == (0.3,)


def test_an_unknown_place_is_noticed_and_undone() -> None:
    """An edit of a layer that does not exist is an error, and the edits before it are taken back."""
    treatment = plan(_mlp(), RAISE)
    lost = Edit(path="nowhere", kind=EditKind.INSERT_DROPOUT, before=None, after=0.4, code="")
    broken = Treatment(
        prescription=RAISE, edits=(*treatment.edits, lost), model_fingerprint=treatment.model_fingerprint
    )
    model = _mlp()
    with pytest.raises(SurgeryError, match="no layer of this name"):
        treat_(model, broken)
    assert read_facts(model).dropout_rates == ()


@pytest.mark.parametrize("inner", [False, True])
def test_a_compiled_model_is_refused(inner: bool) -> None:
    """Compiled code would not see the change, so plan, treat and revert refuse; reading goes through."""
    model: nn.Module = _mlp()
    treatment = plan(model, RAISE)
    compiled = torch.compile(model, backend="eager")
    assert isinstance(compiled, nn.Module)
    if inner:
        compiled = nn.Sequential(compiled)
    for refused in (lambda: plan(compiled, RAISE), lambda: treat_(compiled, treatment)):
        with pytest.raises(SurgeryError, match="compiled"):
            refused()
    with pytest.raises(SurgeryError, match="compiled"):
        revert_(compiled, treatment)
    if not inner:
        assert read_facts(compiled) == read_facts(model)


def test_a_lazy_model_is_refused() -> None:
    """A layer without a shape yet is named, with what to do."""
    with pytest.raises(SurgeryError, match="lazy layer"):
        read_facts(nn.Sequential(nn.LazyLinear(3)))


def test_an_example_that_does_not_fit_is_explained() -> None:
    """An exception in the model's own forward becomes an error with its text, and the model is as it was."""
    model = _mlp().train()
    with pytest.raises(SurgeryError, match="could not be passed through the model"):
        read_facts(model, torch.ones(2, 7))
    assert all(module.training and not module._forward_hooks for module in model.modules())


def test_a_model_that_cannot_be_copied_is_explained() -> None:
    """When deepcopy fails, the error names treat_."""
    model = _mlp()
    treatment = plan(model, RAISE)
    model.state = (n for n in range(3))  # type: ignore[assignment]  # a generator cannot be copied
    with pytest.raises(SurgeryError, match="cannot be copied"):
        treat(model, treatment)


def test_verify_notices_what_differs() -> None:
    """Another weight, another key, a missing edit and an output that differs are each an error."""
    torch.manual_seed(0)  # so that no layer of four units is dead
    model, example = _mlp(), torch.ones(2, 6)
    treatment = plan(model, RAISE)
    treated = cast("nn.Sequential", treat(model, treatment))
    verify(model, treated, treatment, example)
    with pytest.raises(SurgeryError, match="not in the treated model"):
        verify(model, model, treatment, example)
    with pytest.raises(SurgeryError, match="state-dict keys differ"):
        verify(nn.Sequential(*model, nn.Linear(2, 2)), treated, treatment, example)
    frozen = treat(model, treatment).requires_grad_(requires_grad=False)
    with pytest.raises(SurgeryError, match="what is frozen"):
        verify(model, frozen, treatment, example)
    assert isinstance(treated[0], nn.Linear)
    treated[0].register_forward_hook(lambda _m, _i, out: out + 1)
    with pytest.raises(SurgeryError, match="output in evaluation mode differs"):
        verify(model, treated, treatment, example)
    with torch.no_grad():
        treated[0].weight.add_(1)
    with pytest.raises(SurgeryError, match="a weight differs"):
        verify(model, treated, treatment, example)


def test_verify_notices_an_edit_that_never_runs() -> None:
    """A place whose module is not called has no effect, and that is an error."""
    model = _mlp()
    treatment = plan(model, RAISE)
    treated = treat(model, treatment)
    treated.forward = lambda x: F.linear(x, torch.ones(2, 6))
    model.forward = treated.forward  # type: ignore[method-assign]
    with pytest.raises(SurgeryError, match="did not run"):
        verify(model, treated, treatment, torch.ones(1, 6))


@pytest.mark.parametrize("part", [False, True])
def test_a_model_without_numbers_is_refused(part: bool) -> None:
    """On the meta device, wholly or in part (as offloading leaves it), nothing is planned, applied or reverted."""
    model, treatment = _mlp(), plan(_mlp(), RAISE)
    if part:
        model[2].to("meta")
    else:
        model.to("meta")
    names = [name for name, _ in model.named_modules()]
    for refused in (
        lambda: plan(model, RAISE),
        lambda: treat(model, treatment),
        lambda: treat_(model, treatment),
        lambda: revert_(model, treatment),
    ):
        with pytest.raises(
            SurgeryError, match="of the model's 6 tensors" if part else "is on the meta device"
        ):
            refused()
    assert [name for name, _ in model.named_modules()] == names


def test_an_example_on_another_device_is_explained() -> None:
    """What torch raises when devices are mixed becomes an error with its text."""
    with pytest.raises(SurgeryError, match="could not be passed through the model"):
        plan(_mlp(), RAISE, example=torch.ones(2, 6, device="meta"))
