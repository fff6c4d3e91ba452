# SPDX-License-Identifier: Apache-2.0
"""Where dropout belongs in a model, decided from its facts alone, so that prescribing and editing agree.

MLP: the input of every fully connected layer that follows another layer with weights, that is, after each
hidden activation (Srivastava et al. 2014, who also drop a small share of the inputs); here never the model's
input, and never the logits. CNN: the inputs of the fully connected layers after the last convolution. With batch
norm: only after the last one, because dropout in front of it shifts the variance it has learned (Li et al. 2019).
Recurrent: between stacked layers and on what they hand on, not inside the recurrence (Zaremba et al. 2014).
Transformer: the dropout that is there. Recommender: between the layers of the tower; an autoencoder's input.
"""

from goodfit.remedies._site import ITSELF, Sites
from goodfit.remedies._sites_attention import attention_sites
from goodfit.remedies._sites_dense import run_sites
from goodfit.values import LayerKind, ModelFacts, Skip

_ORDER_UNKNOWN = (
    "the model has dropout already, and without an example batch the order in which its layers run is unknown"
)


def find_sites(facts: ModelFacts) -> Sites:
    """Find the places for dropout in a model; layers in the order they run."""
    if facts.of_kind(LayerKind.ATTENTION) and not facts.of_kind(LayerKind.RECURRENT):
        return attention_sites(facts)
    if facts.of_kind(LayerKind.DROPOUT) and not facts.traced:
        paths = dict.fromkeys(layer.path or ITSELF for layer in facts.of_kind(LayerKind.LINEAR))
        skipped = tuple(Skip(path=path, because=_ORDER_UNKNOWN) for path in paths)
        return Sites(places=(), skipped=skipped, cause=_ORDER_UNKNOWN, undecided=True, order_matters=True)
    return run_sites(facts)
