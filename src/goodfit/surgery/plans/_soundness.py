# SPDX-License-Identifier: Apache-2.0
"""Which layers are left alone because their numbers are not theirs alone, or not plain."""

from collections import Counter

from torch import nn

from goodfit.nn import attached
from goodfit.surgery.edits.batch_norm import inserted_norm


class Soundness:
    """What is shared, frozen or reparametrised in a model."""

    def __init__(self, model: nn.Module) -> None:
        self.model = model
        self.names: Counter[nn.Module] = Counter(m for _, m in model.named_modules(remove_duplicate=False))
        self.holders: Counter[int] = Counter(
            id(p) for module in self.names for p in module.parameters(recurse=False)
        )

    def against(self, path: str) -> str | None:
        """Why the layer at `path` is left alone; None where nothing speaks against it."""
        layer = self.model.get_submodule(path)
        own = list(layer.parameters(recurse=False))
        if self.names[layer] > 1:
            return "is shared: the model holds it under several names"
        if any(self.holders[id(p)] > 1 for p in own):
            return "is tied: another layer holds its weight"
        if own and not any(p.requires_grad for p in own):
            return "is frozen"
        ours = (attached(layer), attached(layer, "output"), inserted_norm(layer))
        if any(child not in ours for child in layer.children()):
            return "has parts of its own (a parametrisation, or an adapter)"
        names = {name for name, _ in layer.named_parameters(recurse=False)}
        return None if names <= {"weight", "bias"} else f"holds more than a weight and a bias ({max(names)})"
