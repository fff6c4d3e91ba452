# SPDX-License-Identifier: Apache-2.0
"""How much the loss rises when the inputs are disturbed: numbers by noise, words and other names by exchange.

Numbers get Gaussian noise of a share of each input's own standard deviation. Whole numbers name things; with a stated
probability each is replaced by the one at the same place of another example, which keeps how often each occurs. Noise
on what embeddings give is a third kind, for both: of a share of the spread of all their outputs.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import torch
from torch import Tensor, nn

from goodfit.training.disturbed import DisturbedExamples, NoSpreadError, input_spread, leaves
from goodfit.trials.traits._specimen import Losses, NotMeasurable, Specimen
from goodfit.trials.traits._trait import Trait

EXAMPLES = 1000  # the rise is paired, so it is known far better than the loss
STRENGTH = 0.2  # standard deviations of each input: 4 % of its variance
EXCHANGED = 0.1  # of all words or names
Kind = Literal["inputs", "embeddings"]


def rise_under(specimen: Specimen, size: float | None = None, kind: Kind = "inputs") -> float:
    """Rise of the loss in per cent of itself, under disturbances of a relative size.

    Args:
        specimen: with its model.
        size: standard deviations of noise, and the share of names exchanged; None: 0.2 of noise and 0.1 exchanged.
        kind: what is disturbed: the inputs, or what the model's embeddings make of them.

    Raises:
        NotMeasurable: there is nothing to disturb, or the loss is 0.
    """
    looked = specimen.sample(EXAMPLES)
    plain = looked.losses()
    if not plain.mean() > 0:
        raise NotMeasurable("The loss is not above 0, so no rise is a share of it.")
    if kind == "embeddings":
        with _noisy_embeddings(looked.trained(), STRENGTH if size is None else size):
            disturbed = looked.losses(turn=kind)
    else:
        disturbed = _disturbed(looked, size)
    return 100 * float((disturbed - plain).mean() / plain.mean())


def _disturbed(looked: Specimen, size: float | None) -> Losses:
    examples, _ = looked.measured_on()
    strength, exchanged = (STRENGTH, EXCHANGED) if size is None else (size, size)
    try:
        spread = input_spread((inputs for inputs, _ in looked.batches()), names=True)
    except NoSpreadError as reason:
        raise NotMeasurable(str(reason)) from None
    if not any(part.dtype is not torch.bool for part in leaves(next(looked.batches())[0])):
        raise NotMeasurable("The inputs are flags, to which no noise can be added.")
    return looked.losses(DisturbedExamples(examples, spread, strength, exchanged), turn="inputs")


@contextmanager
def _noisy_embeddings(model: nn.Module, strength: float) -> Iterator[None]:
    """Within it, every embedding adds noise of `strength` times the standard deviation of its outputs."""

    def hook(_module: nn.Module, _inputs: Any, output: Tensor) -> Tensor:
        return output + strength * output.std() * torch.randn_like(output)

    tables = [part for part in model.modules() if isinstance(part, nn.Embedding | nn.EmbeddingBag)]
    if not tables:
        raise NotMeasurable("The model has no embedding.")
    handles = [table.register_forward_hook(hook) for table in tables]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


TRAIT = Trait(
    name="input-noise",
    what=(
        "Rise of the loss, as a share of itself, when numbers in the inputs get noise of 0.2 of their standard deviation and "
        "one word or other name in ten is exchanged for that of another example."
    ),
    unit="%",
    reads_model=True,
    value=rise_under,
)
