# SPDX-License-Identifier: Apache-2.0
"""The lines to paste build the model that was planned, and say what pasting changes."""

import re
from collections import OrderedDict

import torch
from torch import Tensor, nn

from goodfit.surgery import at_dose, plan, read_facts, treat
from goodfit.surgery.code_lines import RENUMBERS
from goodfit.values import Dose, EditKind, Prescription, Treatment

RAISE = Prescription(remedy="raise-dropout", dose=Dose(value=0.4, low=0.2, high=0.6))


def _pasted(model: nn.Sequential, treatment: Treatment) -> nn.Sequential:
    """Follow the printed lines, front to back, as a user would."""
    layers = list(model)
    for edit in treatment.edits:
        found = re.match(r"nn\.Dropout\(([\d.]+)\),  # index (\d+) ", edit.code)
        assert found
        made, index = nn.Dropout(float(found[1])), int(found[2])
        if edit.kind is EditKind.INSERT_DROPOUT:
            layers.insert(index, made)
        else:
            layers[index] = made
    return nn.Sequential(*layers)


def test_indices_are_those_of_the_new_sequence() -> None:
    """Pasting each line at its index gives the layers of the treated model, set rates included."""
    model = nn.Sequential(
        nn.Linear(6, 5),
        nn.ReLU(),
        nn.Linear(5, 5),
        nn.ReLU(),
        nn.Dropout(0.1),
        nn.Linear(5, 4),
        nn.ReLU(),
        nn.Linear(4, 2),
    )
    treatment = plan(model, RAISE)
    pasted, treated = _pasted(model, treatment), treat(model, treatment)
    kinds = [(layer.type_name, layer.rate) for layer in read_facts(pasted).layers]
    assert kinds == [(layer.type_name, layer.rate) for layer in read_facts(treated).layers]
    again = _pasted(model, at_dose(treatment, 0.2))
    assert read_facts(again).dropout_rates == (0.2, 0.2, 0.2)


def test_renumbering_is_said_once() -> None:
    """The first insertion says that pasting renumbers, and that treat_ keeps the names; the others do not."""
    model = nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 5), nn.ReLU(), nn.Linear(5, 2))
    codes = [edit.code for edit in plan(model, RAISE).edits]
    assert [RENUMBERS in code for code in codes] == [True, False]
    assert "goodfit.treat_(model, treatment)" in codes[0]
    assert [type(module).__name__ for module in _pasted(model, plan(model, RAISE))].count("Dropout") == 2


def test_named_layers_are_not_renumbered() -> None:
    """In a sequence of named layers the line is a named entry, and the names of the others stay."""
    model = nn.Sequential(OrderedDict(fc1=nn.Linear(6, 5), act=nn.ReLU(), fc2=nn.Linear(5, 2)))
    (edit,) = plan(model, RAISE).edits
    assert edit.code == '("drop_fc2", nn.Dropout(0.4)),  # in front of "fc2" (Linear) in the nn.Sequential'


class _Listed(nn.Module):
    """Layers in a list and a dict of modules, and one dropout layer in the list."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(6, 5), nn.Dropout(0.1), nn.Linear(5, 4)])
        self.heads = nn.ModuleDict({"one": nn.Linear(4, 2)})

    def forward(self, x: Tensor) -> Tensor:
        x = self.layers[2](self.layers[1](torch.relu(self.layers[0](x))))
        out: Tensor = self.heads["one"](torch.relu(x))
        return out


def test_layers_in_lists_are_written_as_the_class_writes_them() -> None:
    """The lines belong to the user's class, not to the list or dict that holds the layer."""
    codes = [edit.code for edit in plan(_Listed(), RAISE, example=torch.ones(2, 6)).edits]
    assert codes == [
        "self.layers[1] = nn.Dropout(0.4)  # in _Listed.__init__, was 0.1",
        (
            "self.drop_heads_one = nn.Dropout(0.4)  # in _Listed.__init__\n"
            'x = self.drop_heads_one(x)  # in _Listed.forward, in front of self.heads["one"](x)'
        ),
    ]


class _OwnDropout(nn.Dropout):
    """A subclass of the user's."""


class _ByHand(nn.Module):
    """A dropout module of the user's own, which calls the function."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.dropout(x, self.p, self.training)


class _Own(nn.Module):
    """Dropout of the user's own classes, in a list."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(6, 5), nn.Linear(5, 4), nn.Linear(4, 2)])
        self.drops = nn.ModuleList([_OwnDropout(0.1), _ByHand(0.1)])

    def forward(self, x: Tensor) -> Tensor:
        x = self.drops[0](torch.relu(self.layers[0](x)))
        x = self.drops[1](torch.relu(self.layers[1](x)))
        out: Tensor = self.layers[2](x)
        return out


def test_rates_of_the_users_own_classes_are_set_from_outside() -> None:
    """How their constructors look is not known, so the line sets the number on the object, and does what it says."""
    treatment = plan(_Own(), RAISE, example=torch.ones(2, 6))
    assert [edit.code for edit in treatment.edits] == [
        "self.drops[0].p = 0.4  # at the end of _Own.__init__, was 0.1",
        "self.drops[1].p = 0.4  # at the end of _Own.__init__, was 0.1",
    ]
    pasted = _Own()
    for edit in treatment.edits:
        exec(edit.code, {"self": pasted})  # noqa: S102 - what a user would paste
    assert read_facts(pasted, torch.ones(2, 6)).dropout_rates == (0.4, 0.4)


def test_a_treated_model_can_be_treated_further() -> None:
    """What goodfit put in is dropout like any other: a second treatment raises it."""
    model = treat(_Listed(), plan(_Listed(), RAISE, example=torch.ones(2, 6)))
    further = plan(model, RAISE, dose=0.5, example=torch.ones(2, 6))
    assert [(edit.path, edit.before, edit.after) for edit in further.edits] == [
        ("layers.1", 0.4, 0.5),
        ("heads.one.input_dropout", 0.4, 0.5),
    ]
    assert further.edits[1].code == (
        'self.heads["one"].input_dropout.p = 0.5  # at the end of _Listed.__init__, was 0.4'
    )
