# SPDX-License-Identifier: Apache-2.0
"""Where a plan puts dropout, what it leaves alone, and what it says when nothing fits."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - torch's own abbreviation

from goodfit.errors import NothingMatchedError, SettingsError, SurgeryError
from goodfit.nn import key_dropouts_
from goodfit.surgery import at_dose, plan, read_facts, treat
from goodfit.values import Dose, EditKind, Prescription, Treatment, dumps, loads

RAISE = Prescription(remedy="raise-dropout", dose=Dose(value=0.4, low=0.2, high=0.6))
LOWER = Prescription(remedy="lower-dropout", dose=Dose(value=0.1, low=0.0, high=0.4))


def _mlp(*, rates: tuple[float, ...] = ()) -> nn.Sequential:
    layers: list[nn.Module] = [nn.Linear(6, 5), nn.ReLU()]
    layers += [nn.Dropout(rate) for rate in rates]
    return nn.Sequential(*layers, nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 2))


class _ClassMlp(nn.Module):
    """Two hidden layers, dropout as a function after the first, registration order unlike running order."""

    def __init__(self, *, module: bool = False) -> None:
        super().__init__()
        self.out = nn.Linear(4, 2)
        self.fc1 = nn.Linear(6, 5)
        self.fc2 = nn.Linear(5, 4)
        self.drop = nn.Dropout(0.1) if module else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        x = F.dropout(torch.relu(self.fc1(x)), p=0.3, training=self.training)
        out: Tensor = self.out(self.drop(torch.relu(self.fc2(x))))
        return out


def _edits(treatment: Treatment) -> list[tuple[str, EditKind, float | None, float]]:
    return [(e.path, e.kind, e.before, e.after) for e in treatment.edits]


def test_an_mlp_gets_dropout_after_each_hidden_activation() -> None:
    """Not on the model's input, not on the logits; the code names the place."""
    treatment = plan(_mlp(), RAISE)
    assert _edits(treatment) == [
        ("2", EditKind.INSERT_DROPOUT, None, 0.4),
        ("4", EditKind.INSERT_DROPOUT, None, 0.4),
    ]
    assert [edit.code.partition("\n")[0] for edit in treatment.edits] == [
        "nn.Dropout(0.4),  # index 2 of the new nn.Sequential, in front of the Linear that was index 2",
        "nn.Dropout(0.4),  # index 5 of the new nn.Sequential, in front of the Linear that was index 4",
    ]
    assert [(s.path, s.because) for s in treatment.skipped] == [("0", "takes the model's input")]
    assert loads(Treatment, dumps(treatment)) == treatment


def test_existing_dropout_is_raised_not_doubled() -> None:
    """A dropout that feeds the place gets the new rate; nothing is inserted beside it."""
    treatment = plan(_mlp(rates=(0.2,)), RAISE, dose=0.5)
    assert _edits(treatment) == [
        ("2", EditKind.SET_RATE, 0.2, 0.5),
        ("5", EditKind.INSERT_DROPOUT, None, 0.5),
    ]
    assert treatment.edits[0].code == "nn.Dropout(0.5),  # index 2 of the nn.Sequential, was 0.2"


def test_a_higher_rate_is_not_lowered_by_raise_dropout() -> None:
    """A place that already drops more is skipped, with both rates; when all do, nothing matches."""
    treatment = plan(_mlp(rates=(0.6,)), RAISE)
    assert ("2", "already drops at 0.6, not below 0.4") in [(s.path, s.because) for s in treatment.skipped]
    model = nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.6), nn.Linear(2, 2))
    with pytest.raises(NothingMatchedError, match=r"every place drops at 0\.4 or more"):
        plan(model, RAISE)


def test_code_for_a_class_is_two_lines() -> None:
    """In a class the change is a line for __init__ and one for forward."""
    treatment = plan(_ClassMlp(), RAISE, example=torch.ones(2, 6))
    assert _edits(treatment) == [("out", EditKind.INSERT_DROPOUT, None, 0.4)]
    assert treatment.edits[0].code.splitlines() == [
        "self.drop_out = nn.Dropout(0.4)  # in _ClassMlp.__init__",
        "x = self.drop_out(x)  # in _ClassMlp.forward, in front of self.out(x)",
    ]


def test_functional_dropout_is_seen_and_reported() -> None:
    """Dropout called as a function stands in the facts, and its place is left to the user with the rate."""
    facts = read_facts(_ClassMlp(), torch.ones(2, 6))
    assert facts.dropout_rates == (0.3,)
    assert [layer.path for layer in facts.layers][:3] == ["fc1", "F.dropout in _ClassMlp", "fc2"]
    skipped = {s.path: s.because for s in plan(_ClassMlp(), RAISE, example=torch.ones(2, 6)).skipped}
    assert skipped["fc2"].startswith("F.dropout runs there at 0.3, a number in your code (test_planning.py:")
    assert skipped["fc2"].endswith("training=self.training)); change that line")


def test_without_an_example_existing_dropout_is_not_guessed_at() -> None:
    """A class with dropout needs an example; one without says that registration order was used."""
    with pytest.raises(NothingMatchedError, match="order in which its layers run is unknown") as caught:
        plan(_ClassMlp(module=True), RAISE)
    assert caught.value.todo == "give an example batch (example=...)"
    assert plan(_ClassMlp(), RAISE).skipped[-1].path == "(the whole model)"
    assert not read_facts(_ClassMlp()).traced
    assert read_facts(_mlp()).traced


def test_a_second_branch_on_the_input_is_left_alone() -> None:
    """A layer that takes the model's input is skipped although another layer ran before it."""

    class Wide(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.deep, self.wide, self.head = nn.Linear(6, 4), nn.Linear(6, 4), nn.Linear(4, 2)

        def forward(self, x: Tensor) -> Tensor:
            out: Tensor = self.head(torch.relu(self.deep(x)) + self.wide(x.view(-1, 6)))
            return out

    treatment = plan(Wide(), RAISE, example=torch.ones(2, 6))
    assert [e.path for e in treatment.edits] == ["head"]
    assert ("wide", "takes the model's input") in [(s.path, s.because) for s in treatment.skipped]


def test_dropout_shared_with_a_wrong_place_is_left_alone() -> None:
    """A dropout layer that also runs between convolutions is not raised for the fully connected ones."""
    drop = nn.Dropout(0.1)
    model = nn.Sequential(
        nn.Conv2d(1, 2, 3),
        drop,
        nn.Conv2d(2, 2, 3),
        nn.Flatten(),
        drop,
        nn.Linear(32, 4),
        nn.ReLU(),
        nn.Linear(4, 2),
    )
    treatment = plan(model, RAISE, example=torch.ones(2, 1, 8, 8))
    assert [e.path for e in treatment.edits] == ["7"]
    skipped = {s.path: s.because for s in treatment.skipped}
    assert skipped["5"] == "its dropout (1) also runs in front of 2, which is no place for this remedy"


def test_a_cnn_is_treated_behind_its_convolutions() -> None:
    """The first fully connected layer is included, no place between convolutions is."""
    model = nn.Sequential(
        nn.Conv2d(1, 2, 3), nn.Dropout2d(0.1), nn.Conv2d(2, 2, 3), nn.Flatten(), nn.Linear(32, 2)
    )
    treatment = plan(model, RAISE)
    assert [e.path for e in treatment.edits] == ["4"]
    assert ("1", "feeds no place of this remedy; left at 0.1") in [
        (s.path, s.because) for s in treatment.skipped
    ]


@pytest.mark.parametrize(
    ("model", "cause"),
    [
        (nn.Sequential(nn.Conv2d(1, 2, 3)), "no fully connected layer"),
        (nn.Linear(6, 2), "only one fully connected layer"),
        (_mlp().requires_grad_(requires_grad=False), "all its fully connected layers are frozen"),
        (nn.LSTM(6, 4), r"only one recurrent layer \(the model itself: takes the model's input\)"),
        (nn.Sequential(nn.Embedding(4, 4), nn.Linear(4, 4)), "embeddings"),
        (
            nn.Sequential(nn.Linear(6, 4), nn.Linear(4, 4), nn.BatchNorm1d(4)),
            r"no fully connected layer qualifies.*batch norm follows \(2\)",
        ),
    ],
)
def test_nothing_matched_names_the_cause(model: nn.Module, cause: str) -> None:
    """When no layer fits, the error says which of the causes it was and what was looked at."""
    with pytest.raises(NothingMatchedError, match=cause):
        plan(model, RAISE)


def test_a_layer_that_never_runs_is_skipped() -> None:
    """A layer whose module is not called for the example is left alone, with the reason."""

    class Unused(nn.Sequential):
        def forward(self, x: Tensor) -> Tensor:
            out: Tensor = self[1](torch.relu(self[0](x)))
            return out

    model = Unused(nn.Linear(6, 5), nn.Linear(5, 2), nn.Linear(5, 2))
    skipped = {s.path: s.because for s in plan(model, RAISE, example=torch.ones(1, 6)).skipped}
    assert skipped["2"] == "did not run as a module for the example"


def test_lower_dropout_sets_every_higher_rate() -> None:
    """Rates above the dose are lowered; lower ones, and calls of functions, are left with the reason."""
    model = _mlp(rates=(0.5, 0.05))
    treatment = plan(model, LOWER)
    assert _edits(treatment) == [("2", EditKind.SET_RATE, 0.5, 0.1)]
    assert ("3", "drops at 0.05, not above 0.1") in [(s.path, s.because) for s in treatment.skipped]
    with pytest.raises(NothingMatchedError, match="no dropout is above"):
        plan(_ClassMlp(), LOWER, example=torch.ones(2, 6))
    with pytest.raises(NothingMatchedError, match="the model has no dropout"):
        plan(_mlp(), LOWER)


def test_only_the_prescribed_places_are_treated() -> None:
    """Where the prescription names layers, the others are left; where it only describes, all are treated."""
    named = Prescription(remedy="raise-dropout", where=("4",), dose=RAISE.dose)
    treatment = plan(_mlp(), named)
    assert [e.path for e in treatment.edits] == ["4"]
    assert ("2", "is not among the places prescribed") in [(s.path, s.because) for s in treatment.skipped]
    described = Prescription(remedy="raise-dropout", where=("each hidden layer",), dose=RAISE.dose)
    assert len(plan(_mlp(), described).edits) == 2
    chosen = Prescription(remedy="lower-dropout", where=("3",), dose=LOWER.dose)
    assert [e.path for e in plan(_mlp(rates=(0.5, 0.5)), chosen).edits] == ["3"]


@pytest.mark.parametrize("rate", [-0.1, 1.0, float("nan")])
def test_a_rate_out_of_range_is_refused(rate: float) -> None:
    """A rate must lie in [0, 1), in a plan and in a search; a missing dose is an error too."""
    with pytest.raises(SettingsError):
        plan(_mlp(), RAISE, dose=rate)
    with pytest.raises(SettingsError):
        at_dose(plan(_mlp(), RAISE), rate)
    with pytest.raises(SettingsError, match="no dose"):
        plan(_mlp(), Prescription(remedy="raise-dropout"))


def test_a_remedy_that_edits_no_model_is_refused() -> None:
    """More data cannot be planned into a model."""
    with pytest.raises(SurgeryError, match="is advice"):
        plan(_mlp(), Prescription(remedy="more-data"))


def test_facts_tell_sharing_sizes_and_numbers() -> None:
    """Sizes, parameter counts, tied weights and repeated runs are in the facts, shared numbers once."""
    first, second = nn.Linear(4, 4), nn.Linear(4, 4)
    second.weight = first.weight
    model = nn.Sequential(first, second, first)
    facts = read_facts(model, torch.ones(1, 4))
    assert [(f.path, f.order, f.parameters) for f in facts.layers] == [
        ("0", 0, 20),
        ("1", 1, 20),
        ("0", 2, 0),
    ]
    assert facts.layers[0].shared_with == ("2", "1")
    assert (facts.layers[0].in_features, facts.layers[0].out_features) == (4, 4)
    assert facts.parameters == facts.trainable_parameters == 24


def test_a_layer_shared_between_blocks_is_one_layer() -> None:
    """One module in two blocks runs twice in a sequence, and is one layer with two names elsewhere."""
    shared = nn.Linear(4, 4)
    blocks = [nn.Sequential(shared), nn.Sequential(shared)]
    facts = read_facts(nn.Sequential(*blocks))
    assert [(f.path, f.shared_with, f.parameters) for f in facts.layers] == [
        ("0.0", ("1.0",), 20),
        ("0.0", ("1.0",), 0),
    ]
    assert [f.path for f in read_facts(nn.ModuleList(blocks)).layers] == ["0.0"]
    assert facts.parameters == 20


def test_one_dropout_object_in_a_sequence_is_not_doubled() -> None:
    """A dropout object that stands twice in a sequence feeds both places, with and without an example."""
    drop = nn.Dropout(0.1)
    model = nn.Sequential(nn.Linear(6, 5), drop, nn.Linear(5, 4), drop, nn.Linear(4, 2))
    for example in (None, torch.ones(2, 6)):
        assert _edits(plan(model, RAISE, example=example)) == [("1", EditKind.SET_RATE, 0.1, 0.4)]
    treated = treat(_mlp(), plan(_mlp(), RAISE))
    assert read_facts(treated) == read_facts(treated, torch.ones(2, 6))


def test_keying_and_facts_agree() -> None:
    """A keyed model has the fingerprint of the plain one, and can still be treated."""
    model = _mlp(rates=(0.2,))
    treatment = plan(model, RAISE)
    key_dropouts_(model, 1)
    treated = treat(model, treatment)
    assert read_facts(treated).dropout_rates == (0.4, 0.4)
