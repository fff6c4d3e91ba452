# SPDX-License-Identifier: Apache-2.0
"""A task's identity: the same data, model, loss and schedule give the same fingerprint.

Finished runs are found again by it, so it must change whenever the result of a training could change. Reading code
is not enough (a learning rate may hide in a global, a rate in an attribute that no repr shows), so it takes in
the code, the attributes, weights and settings of what that code builds, and what the loss says of a few examples.
"""

import hashlib
import inspect
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from goodfit.errors import TaskError
from goodfit.surgery import read_facts
from goodfit.training.building import build_model, build_optimizer, choose_device
from goodfit.training.evaluate import evaluate, on_device
from goodfit.training.examples import DatasetExamples, Examples, JoinedExamples, TensorExamples
from goodfit.training.loop import LOOP
from goodfit.training.seeds import own_randomness, seed_everything
from goodfit.training.settings import Settings
from goodfit.training.splits import Holdout, Pool
from goodfit.training.task import Task

PROBED = 8  # examples; enough to notice another loss, few enough to cost nothing
SAMPLED = 64  # items of a Dataset; reading all could take an epoch of decoding
_PLAIN = (bool, int, float, str, tuple, type(None))


def task_fingerprint(task: Task, pool: Pool, holdout: Holdout) -> str:
    """Hash everything that the result of a training depends on, apart from its settings.

    Raises:
        TaskError: the task's model, loss, optimiser, metric or data raised, or the model is not made anew each time.
    """
    with own_randomness():
        model = fresh_model(task)
        parts = [*_model(task, model), *_training(task, model), *_behaviour(task, pool, model)]
        data = [*_examples(pool.examples, pool.indices), *_examples(holdout.examples, holdout.indices)]
    marks = [codes.tobytes() if codes is not None else b"-" for codes in (pool.groups, holdout.groups)]
    if pool.times is not None:  # absent times leave the fingerprints of earlier runs as they are
        marks.append(pool.times.tobytes())
    return _hash([*parts, *data, *marks])


def holdout_fingerprint(holdout: Holdout) -> str:
    """Hash the locked examples themselves: the same test set counts its reads across tasks and models."""
    with own_randomness():
        return _hash(list(_examples(holdout.examples, holdout.indices)))


def fresh_model(task: Task) -> nn.Module:
    """The task's model, after making sure that the factory builds another one with the same weights each time.

    Raises:
        TaskError: it gives the same module or shares parameters, or other weights at the same seed.
    """
    one, two = build_model(task, Settings(seed=0)), build_model(task, Settings(seed=0))
    where = f"Task {task.name!r}"
    if {id(p) for p in one.parameters()} & {id(p) for p in two.parameters()} or one is two:
        todo = "build a fresh module at each call: goodfit trains it once per arm and seed"
        raise TaskError("model() gives the same module twice", where=where, todo=todo)
    if odd := [name for name, value in one.state_dict().items() if not isinstance(value, Tensor)]:
        todo = "keep it outside the state dict, or as a buffer: checkpoints here hold tensors only"
        raise TaskError(f"the model's state holds {odd[0]!r}, which is no tensor", where=where, todo=todo)
    pairs = zip(_tensors(one), _tensors(two), strict=False)
    if any(a.shape != b.shape or not torch.equal(a, b) for (_, a), (_, b) in pairs):
        todo = "draw them from torch's global generator, which is seeded for each run"
        raise TaskError("model() gives other weights at the same seed", where=where, todo=todo)
    return one


def _hash(parts: list[str | bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part if isinstance(part, bytes) else part.encode())
        digest.update(b"\0")
    return digest.hexdigest()[:16]


def _model(task: Task, model: nn.Module) -> Iterator[str | bytes]:
    yield read_facts(model).fingerprint
    yield from sorted(_source(kind) for kind in {type(module) for module in model.modules()})
    yield from _state(model)
    yield _source(task.loss)
    yield from _state(task.loss)


def _training(task: Task, model: nn.Module) -> Iterator[str]:
    """Optimiser and schedule as they come out of the task's own factories."""
    optimizer = build_optimizer(task, model)
    places = {id(parameter): i for i, parameter in enumerate(model.parameters())}
    yield type(optimizer).__name__
    for group in optimizer.param_groups:
        yield repr(sorted((name, repr(value)) for name, value in group.items() if name != "params"))
        yield repr([places[id(parameter)] for parameter in group["params"]])
    metric = task.metric
    yield from (_source(part) for part in (task.optimizer, task.scheduler, metric.score if metric else None))
    yield repr((metric.name, metric.goal.value) if metric else None)
    yield repr(
        (task.epochs, task.batch_size, task.train_size, task.validation_size, task.resample, task.clip_norm)
    )
    yield repr((LOOP, torch.__version__, choose_device(task.device).type))


def _behaviour(task: Task, pool: Pool, model: nn.Module) -> Iterator[str]:
    """What loss and metric say of the first examples, to four digits."""
    cpu = torch.device("cpu")
    seed_everything(0)
    measured = evaluate(model.to(cpu), on_device(task, cpu), pool.examples, pool.indices[:PROBED], cpu)
    yield repr([f"{loss:.4g}" for loss in measured.losses.tolist()])
    yield "none" if measured.metric is None else f"{measured.metric:.4g}"


def _state(thing: Any) -> Iterator[str | bytes]:
    """Plain attributes of every part (rates, flags), and all parameters and buffers."""
    for path, part in thing.named_modules() if isinstance(thing, nn.Module) else [("", thing)]:
        plain = {k: v for k, v in sorted(getattr(part, "__dict__", {}).items()) if isinstance(v, _PLAIN)}
        yield f"{path} {type(part).__qualname__} {sorted((k, v) for k, v in plain.items() if k != 'training')!r}"
    for name, tensor in _tensors(thing):
        yield f"{name} {tensor.requires_grad}"
        yield _bytes(tensor)


def _tensors(thing: Any) -> list[tuple[str, Tensor]]:
    return [*thing.named_parameters(), *thing.named_buffers()] if isinstance(thing, nn.Module) else []


def _source(thing: Any) -> str:
    """The code of a class or function, and the arguments bound to it."""
    if isinstance(thing, partial):
        return f"partial({_source(thing.func)}, {thing.args!r}, {sorted(thing.keywords.items())!r})"
    named = thing if inspect.isclass(thing) or inspect.isroutine(thing) else type(thing)
    bound = "" if named is thing else re.sub(r" at 0x[0-9a-f]+", "", repr(thing))
    module = getattr(named, "__module__", "") or ""
    name = f"{module}.{getattr(named, '__qualname__', named)}"
    if module.startswith(("torch.", "goodfit.")):
        return name + bound
    try:
        return name + bound + inspect.getsource(named)
    except (OSError, TypeError):  # defined where no source is kept
        return name + bound


def _examples(examples: Examples, indices: "np.ndarray[Any, Any]") -> Iterator[bytes]:
    """The chosen examples themselves: all of tensors, of a Dataset all targets and some items."""
    if isinstance(examples, TensorExamples):
        yield from (_bytes(tensor[torch.from_numpy(indices)]) for tensor in examples.tensors)
    elif isinstance(examples, JoinedExamples):
        border = len(examples.first)
        yield from _examples(examples.first, indices[indices < border])
        yield from _examples(examples.second, indices[indices >= border] - border)
    elif isinstance(examples, DatasetExamples) and len(indices):
        targets = examples.targets()
        yield targets[indices].tobytes() if targets is not None else b"-"
        places = np.unique(np.linspace(0, len(indices) - 1, SAMPLED).astype(np.int64))
        yield f"{type(examples.dataset).__qualname__} {len(indices)}".encode()
        for i in indices[places]:
            seed_everything(0)
            yield from (_part(part) for part in examples.dataset[int(i)])


def _part(part: Any) -> bytes:
    if isinstance(part, Tensor):
        return _bytes(part)
    if isinstance(part, np.ndarray):
        return np.ascontiguousarray(part).tobytes()
    if isinstance(part, dict):
        return b"".join(name.encode() + _part(value) for name, value in sorted(part.items()))
    return repr(part).encode()


def _bytes(tensor: Tensor) -> bytes:
    plain = tensor.detach().cpu().contiguous()
    return (
        repr((tuple(plain.shape), plain.dtype)).encode()
        + plain.reshape(-1).view(torch.uint8).numpy().tobytes()
    )
