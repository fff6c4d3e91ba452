# SPDX-License-Identifier: Apache-2.0
"""Batch norm goes between a hidden layer and its activation, where no norm is there yet (Ioffe and Szegedy 2015, 3.2)."""

from dataclasses import replace
from math import nan

from torch import nn

from goodfit.errors import SettingsError, SurgeryError
from goodfit.surgery.dataflow import Flow, Step, read_flow
from goodfit.surgery.edits.batch_norm import NAME, inserted_norm, norm_for
from goodfit.surgery.joins import feeds_a_layer
from goodfit.surgery.kinds import kind_of
from goodfit.surgery.operations import ACTIVATIONS, NORMS
from goodfit.surgery.plans._examples import example_for, without_example
from goodfit.surgery.plans._layer_lines import output_line
from goodfit.surgery.plans._rehearsal import Rehearsal
from goodfit.surgery.plans._request import Planned, Request
from goodfit.surgery.plans._soundness import Soundness
from goodfit.surgery.units import outputs_of
from goodfit.values import Edit, EditKind, LayerKind, Skip

_NORMS = (LayerKind.BATCH_NORM, LayerKind.NORM)
_KEYS = "# adds keys to the state dict: load an older checkpoint with strict=False"


def none(value: float | None) -> float:
    """The dose of a remedy that has none.

    Raises:
        SettingsError: one was given.
    """
    if value is not None:
        raise SettingsError("batch-norm has no dose", todo="leave the dose out")
    return nan


def planned(request: Request) -> Planned:
    """Put a norm after each hidden layer that an activation follows."""
    example = example_for(request)
    if example is None:
        return without_example("what follows a layer is seen in a forward pass")
    flow = read_flow(request.model, example)
    sound = Soundness(request.model)
    skipped: list[Skip] = []
    edits: list[Edit] = []
    try:
        rehearsal = Rehearsal(request.model, example)
    except SurgeryError as error:
        return Planned(edits=(), cause=error.found)
    for path, runs in flow.runs.items():
        features = outputs_of(runs[0].module) if runs[0].module is not None else None
        if features is None:
            continue
        edit = Edit(path=path, kind=EditKind.BATCH_NORM, before=None, after=features, code="")
        because = _against(request, flow, sound, path) or rehearsal.keeps(edit)
        if because:
            skipped.append(Skip(path=path, because=because))
        else:
            edits.append(edit)
    places = tuple(edit.path for edit in edits)
    return Planned(
        edits=tuple(replace(edit, code=_code(request.model, edit, places)) for edit in edits),
        skipped=tuple(skipped),
        cause=_cause(skipped),
        todo="choose another remedy, or put norms in where the model is built",
    )


def _against(request: Request, flow: Flow, sound: Soundness, path: str) -> str | None:
    """Why the layer gets no norm; None where it gets one."""
    runs = flow.runs[path]
    if not request.wanted(path):
        return "is not among the places prescribed"
    if len(runs) != 1:
        return f"runs {len(runs)} times in one forward pass, on data of different statistics"
    if inserted_norm(request.model.get_submodule(path)) is not None:
        return _HAS_NORM
    return sound.against(path) or _out_of_place(flow, runs[0])


def _out_of_place(flow: Flow, step: Step) -> str | None:
    """Why a norm does not belong behind a layer; None where it does."""
    readers = flow.readers(step)
    if any(_is_norm(each) for each in readers):
        return _HAS_NORM
    if not feeds_a_layer(flow, step):
        return "is the output layer"
    convolved = step.module is not None and kind_of(step.module) is LayerKind.CONVOLUTION
    if not convolved and len(step.given[0]) != 2:  # noqa: PLR2004 - (n, features)
        return "its output is a sequence, whose places batch norm would mix"
    if not convolved and flow.batch is not None and step.given[0][0] != flow.batch:
        return f"gives {step.given[0][0]} rows for {flow.batch} examples, so that a row is no example"
    if not any(_is_activation(each) for each in readers):
        return "no activation follows it"
    return None


_HAS_NORM = "a norm follows it already"


def _is_norm(step: Step) -> bool:
    if step.module is not None:
        return kind_of(step.module) in _NORMS
    return step.said in NORMS


def _is_activation(step: Step) -> bool:
    if step.module is not None:
        return kind_of(step.module) is LayerKind.ACTIVATION
    return step.said in ACTIVATIONS


def _cause(skipped: list[Skip]) -> str:
    """What the reasons have in common."""
    if not skipped:
        return "the model has no fully connected or convolutional layer that runs by itself"
    hidden = [skip for skip in skipped if skip.because != "is the output layer"]
    if not hidden:
        return "there is no hidden layer that is fully connected or convolutional"
    if all(skip.because in (_HAS_NORM, "no activation follows it") for skip in hidden):
        return "each hidden layer has a norm behind it already, or no activation"
    return "no hidden layer can be given one"


def _code(model: nn.Module, edit: Edit, places: tuple[str, ...]) -> str:
    kind = type(norm_for(model.get_submodule(edit.path), int(edit.after))).__name__
    made = f"nn.{kind}({edit.after:g})"
    return f"{output_line(model, edit.path, made, NAME.removeprefix('output_'), places)}\n{_KEYS}"
