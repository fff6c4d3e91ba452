# SPDX-License-Identifier: Apache-2.0
"""An image, a text and a recommender model: treated, trained on, saved, and loaded into the untreated class.

Light on tiny made-up data here; the slow tests do the same on the real data sets.
"""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from given_data import write_given
from goodfit.probes import probe
from goodfit.surgery import plan
from goodfit.tasks import BUILT_IN
from goodfit.tasks.fashion import pictures
from goodfit.tasks.recommender import RatingTower
from goodfit.tasks.text import SentenceLSTM
from goodfit.training import (
    OWN_SEED,
    Settings,
    Task,
    Trained,
    accuracy,
    as_source,
    build_model,
    load_task,
    load_weights,
    prepare,
    save_weights,
    train,
)
from goodfit.training.evaluate import forward
from goodfit.values import Dose, Outcome, Prescription

RAISE = Prescription(remedy="raise-dropout", dose=Dose(value=0.5, low=0.5, high=0.5))


class SmallCNN(nn.Module):
    """A convolution and two fully connected layers."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.fc, self.out = nn.Conv2d(1, 4, 5, stride=3), nn.Linear(256, 32), nn.Linear(32, 10)

    def forward(self, x: Tensor) -> Tensor:
        """Ten logits a picture."""
        found: Tensor = self.out(torch.relu(self.fc(torch.relu(self.conv(x)).flatten(1))))
        return found


class Leaky(nn.Module):
    """A model whose dropout is on whatever the mode: `F.dropout(x, p)` with the flag forgotten."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, *inputs: Any) -> Tensor:
        """What the inner model says, with some of it dropped."""
        return functional.dropout(self.inner(*inputs), 0.2)


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of tiny data, named by GOODFIT_DATA."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("GOODFIT_DATA", str(folder))
    return write_given(folder)


def _image() -> Task:
    x, y, test_x, test_y = pictures()
    return Task(
        name="small-cnn",
        model=SmallCNN,
        train=(x, y),
        test=(test_x, test_y),
        loss=nn.CrossEntropyLoss(),
        metric=accuracy,
        epochs=4,
    )


def _text() -> Task:
    task = load_task(BUILT_IN["text-lstm"])
    return replace(task, train_size=200, validation_size=100, epochs=3, model=lambda: SentenceLSTM(4096, 16))


def _recommender() -> Task:
    task = load_task(BUILT_IN["recommender-mlp"])
    return replace(
        task,
        train_size=300,
        validation_size=100,
        epochs=3,
        model=lambda: RatingTower(40, 60, 8),
        batch_size=64,
    )


LIGHT: dict[str, Callable[[], Task]] = {"image": _image, "text": _text, "recommender": _recommender}
REAL = {"image": "mnist-cnn", "text": "text-lstm", "recommender": "recommender-mlp"}


def _treated_and_trained(task: Task) -> Trained:
    """Plan dropout, put it in, and train with it."""
    prepared = prepare(as_source(task))
    model = build_model(task, Settings(seed=OWN_SEED))
    example = prepared.pool.examples.batch(prepared.pool.indices[:2])[0]
    treatment = plan(model, RAISE, example=example)
    assert treatment.edits
    return train(prepared.task, prepared.pool, Settings(seed=OWN_SEED, treatment=treatment))


def _goes_back_into_the_untreated_class(task: Task, folder: Path) -> None:
    """Saved in both formats, loaded strictly, and the same predictions bit for bit."""
    prepared = prepare(as_source(task))
    trained = _treated_and_trained(task)
    treated = build_model(task, Settings(seed=OWN_SEED, treatment=_treatment(task)))
    treated.load_state_dict(trained.state, strict=True)
    inputs = prepared.holdout.examples.batch(prepared.holdout.indices[:200])[0]
    with torch.no_grad():
        expected = forward(treated.eval(), inputs)
        random = [forward(treated.train(), inputs) for _ in range(2)]
        treated.eval()
    assert not torch.equal(*random)  # the dropout is really there
    save_weights(trained.state, folder / "weights.safetensors")
    torch.save(trained.state, folder / "weights.pt")
    for state in (
        load_weights(folder / "weights.safetensors"),
        torch.load(folder / "weights.pt", weights_only=True),
    ):
        plain = task.model()
        plain.load_state_dict(state, strict=True)
        with torch.no_grad():
            assert torch.equal(forward(plain.eval(), inputs), expected)
            assert torch.equal(forward(plain.train(), inputs), expected)  # and nothing of it is left


def _treatment(task: Task) -> Any:
    prepared = prepare(as_source(task))
    example = prepared.pool.examples.batch(prepared.pool.indices[:2])[0]
    return plan(build_model(task, Settings(seed=OWN_SEED)), RAISE, example=example)


@pytest.mark.parametrize("domain", LIGHT)
def test_a_treated_model_goes_back_into_its_class(domain: str, given: Path, tmp_path: Path) -> None:
    """Treated, trained on, saved, loaded strictly into the untreated class: the same predictions bit for bit."""
    assert given.is_dir()
    _goes_back_into_the_untreated_class(LIGHT[domain](), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("domain", REAL)
def test_a_treated_model_of_real_data_goes_back_into_its_class(
    domain: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same with the built-in tasks as they are, trained to their planned end."""
    folder = Path(os.environ.get("GOODFIT_DATA", Path(__file__).parents[3] / "shared" / "data"))
    if domain != "image" and not folder.is_dir():
        pytest.skip("the folder of real data is not here; name it in GOODFIT_DATA")
    monkeypatch.setenv("GOODFIT_DATA", str(folder))
    _goes_back_into_the_untreated_class(load_task(BUILT_IN[REAL[domain]]), tmp_path)


@pytest.mark.parametrize("domain", LIGHT)
def test_dropout_left_on_in_validation_is_told(domain: str, given: Path, tmp_path: Path) -> None:
    """The determinism probe finds it in every domain and names the place; the same model without the fault is clean."""
    assert given.is_dir()
    task = replace(LIGHT[domain](), epochs=1)
    inner = task.model
    leaky = replace(task, name="leaky", model=lambda: Leaky(inner()))
    (found,) = probe(leaky, ["repeated-evaluation"], store=tmp_path / "leaky")
    assert found.outcome is Outcome.PRESENT
    assert "Leaky.forward calls functional.dropout" in found.message
    (clean,) = probe(task, ["repeated-evaluation"], store=tmp_path / "clean")
    assert clean.outcome is Outcome.ABSENT


@pytest.mark.parametrize("domain", LIGHT)
def test_a_treated_model_that_ignores_eval_is_told(domain: str, given: Path, tmp_path: Path) -> None:
    """Dropout that was put in and stays on, because eval() is overridden, is found as well."""
    assert given.is_dir()
    task = replace(LIGHT[domain](), epochs=1)
    treatment = _treatment(task)

    def stuck() -> nn.Module:
        from goodfit.surgery import treat_

        class Stuck(type(task.model())):  # type: ignore[misc]  # the task's own class, with the fault
            def train(self, mode: bool = True) -> "Stuck":  # noqa: ARG002 - that is the fault
                return super().train(mode=True)  # type: ignore[no-any-return]

        model = task.model()
        treat_(model, treatment)
        model.__class__ = Stuck
        return model

    (found,) = probe(replace(task, name="stuck", model=stuck), ["repeated-evaluation"], store=tmp_path)
    assert found.outcome is Outcome.PRESENT
