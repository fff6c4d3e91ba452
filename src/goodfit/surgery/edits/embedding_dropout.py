# SPDX-License-Identifier: Apache-2.0
"""Whole rows of an embedding are dropped, each at all its places in the batch; and it is taken away."""

from torch import nn

from goodfit.errors import SurgeryError
from goodfit.nn import EmbeddingDropout, attach_, attached, detach_
from goodfit.surgery.edits._layers import first_name, layer_at, not_there
from goodfit.surgery.subject import Subject
from goodfit.values import Edit


def carry_out(subject: Subject, edit: Edit) -> None:
    """Drop rows behind the embedding from now on.

    Raises:
        SurgeryError: the layer is no torch.nn.Embedding, or has something behind it already; nothing was changed.
    """
    layer = layer_at(subject.model, edit)
    if not isinstance(layer, nn.Embedding):
        raise SurgeryError("rows can be dropped from a torch.nn.Embedding only", where=edit.path)
    attach_(layer, EmbeddingDropout(layer.num_embeddings, edit.after), side="output")


def take_back(subject: Subject, edit: Edit) -> None:
    """Take it away.

    Raises:
        SurgeryError: it is not there; nothing was changed.
    """
    layer = layer_at(subject.model, edit)
    if not isinstance(attached(layer, "output"), EmbeddingDropout):
        raise not_there(edit)
    detach_(layer, "output")


def turn(subject: Subject, edit: Edit, rate: float) -> None:
    """Set its rate.

    Raises:
        SurgeryError: it is not there; nothing was changed.
    """
    inserted = attached(layer_at(subject.model, edit), "output")
    if not isinstance(inserted, EmbeddingDropout):
        raise not_there(edit)
    inserted.p = rate


def in_place(subject: Subject, edit: Edit) -> str | None:
    """The dotted name of the embedding dropout, or None where it was not made."""
    inserted = attached(layer_at(subject.model, edit), "output")
    if not isinstance(inserted, EmbeddingDropout) or inserted.p != edit.after:
        return None
    return first_name(subject.model, inserted)
