# SPDX-License-Identifier: Apache-2.0
"""Whether trainings can be stacked, and if not, why, in words.

What is known to go wrong is looked for; then the first step is rehearsed, stacked and alone, and has to agree.
"""

from collections.abc import Iterator, Sequence
from itertools import chain

import torch
from torch import nn

from goodfit.nn import Dropout
from goodfit.nn.keyed import Keyed
from goodfit.surgery.edits.l1 import soft_threshold_of
from goodfit.surgery.edits.weight_decay import decay_of
from goodfit.training.examples import Examples, JoinedExamples, TensorExamples
from goodfit.training.seeds import own_randomness
from goodfit.training.session import Session, begin
from goodfit.training.settings import Settings
from goodfit.training.splits import Pool
from goodfit.training.stacked.rehearsal import rehearsed
from goodfit.training.stacked.stack import is_held
from goodfit.training.stacked.updates import ELEMENTWISE, settings_of
from goodfit.training.task import Task


def can_stack(task: Task, pool: Pool, settings: Sequence[Settings]) -> str | None:
    """None when these trainings can be stacked, else the reason why not, as half a sentence.

    Raises:
        TaskError: a factory of the task raised.
        SurgeryError: a treatment does not fit.
    """
    if not settings:
        return "there are none"
    with own_randomness():
        sessions = [begin(task, pool, each) for each in settings]
        for because in chain(_of_data(pool, sessions), _of_arms(sessions), _of_training(sessions)):
            return because
        return rehearsed(pool, sorted(sessions, key=settings_of))


def _of_data(pool: Pool, sessions: Sequence[Session]) -> Iterator[str]:
    if not _in_tensors(pool.examples):
        yield "the data are a Dataset, whose items may be drawn anew each time; tensors can be stacked"
    sizes = {(len(session.split.train), len(session.split.validation)) for session in sessions}
    if len(sizes) > 1:
        yield f"the seeds have samples of different sizes ({', '.join(str(size[0]) for size in sorted(sizes))})"
    loss = sessions[0].task.loss
    own = isinstance(loss, nn.Module) and not type(loss).__module__.startswith("torch.")
    if isinstance(loss, nn.Module) and own and loss.state_dict():
        yield f"the loss {type(loss).__name__} holds numbers of its own, which each arm would have for itself"


def _of_arms(sessions: Sequence[Session]) -> Iterator[str]:
    first = sessions[0].model
    for session in sessions[1:]:
        difference = _difference(first, session.model)
        if difference:
            yield f"the models differ in more than their numbers: {difference}"
    for path, module in first.named_modules():
        kind = type(module).__name__
        if isinstance(module, nn.RNNBase):
            yield f"{path or 'the model'} is a {kind}, which torch.func.vmap cannot map"
        elif isinstance(module, Keyed) and type(module) is not Dropout:
            yield f"{path} is a {kind}, whose masks are drawn for one arm at a time"
        elif isinstance(module, nn.Embedding | nn.EmbeddingBag) and module.sparse:
            yield f"{path} has sparse gradients"
    rows = [m for s in sessions for m in s.model.modules() if isinstance(m, Dropout)]
    if any(layer.varied for layer in rows):
        yield "a dropout layer has rates for its rows or draws given from outside"
    if any(session.schedule is not None for session in sessions):
        yield "the rate of an arm changes from epoch to epoch"
    if sessions[0].masks.left_alone:
        yield f"{sessions[0].masks.left_alone[0]} drops by torch's own random numbers"


def _difference(one: nn.Module, other: nn.Module) -> str:
    """The first thing in which two models differ beside the values of their numbers and their rates."""
    kinds = ({path: type(m).__name__ for path, m in model.named_modules()} for model in (one, other))
    tensors = (
        {name: tuple(t.shape) for name, t in (*model.named_parameters(), *model.named_buffers())}
        for model in (one, other)
    )
    for mine, theirs in (tuple(kinds), tuple(tensors)):
        for name in sorted({*mine, *theirs}):
            if mine.get(name) != theirs.get(name):
                return f"{name} is {mine.get(name, 'not there')} and {theirs.get(name, 'not there')}"
    return ""


def _of_training(sessions: Sequence[Session]) -> Iterator[str]:
    for session in sessions:
        own = session.optimizer
        name = type(own).__name__
        if type(own) not in ELEMENTWISE:
            yield f"{name} is none of the optimisers whose step is known to work number by number"
        elif type(own) is not type(sessions[0].optimizer):
            yield f"the arms have different optimisers ({name} and {type(sessions[0].optimizer).__name__})"
        ours = [each for each in (decay_of(own), soft_threshold_of(own)) if each is not None]
        # A decay has a hook before and one after the step, a threshold one after it.
        hooks = len(own._optimizer_step_pre_hooks) + len(own._optimizer_step_post_hooks)  # noqa: SLF001 - no public way to ask
        if hooks != len(ours) + (decay_of(own) is not None):
            yield f"the {name} has hooks that are not goodfit's"
        if not is_held(session.model, own):
            yield f"the {name} does not hold each trained parameter once"
        for group in own.param_groups:
            if len({(each.dtype, each.device) for each in group["params"]}) != 1:
                yield f"a group of the {name} mixes types of numbers or devices, or is empty"
            if isinstance(group.get("lr"), torch.Tensor):
                yield f"the {name} keeps its learning rate as a tensor"


def _in_tensors(examples: Examples) -> bool:
    if isinstance(examples, JoinedExamples):
        return _in_tensors(examples.first) and _in_tensors(examples.second)
    return isinstance(examples, TensorExamples)
