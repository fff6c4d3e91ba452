# SPDX-License-Identifier: Apache-2.0
"""A task's identity: the same data, model code, loss and schedule give the same fingerprint.

Finished runs are found again by it, so it must change whenever the result of a training could change. Reading code
is not enough (a learning rate may hide in a global, label smoothing in an attribute that no repr shows), so the
model, the optimiser and the loss are also asked what they do with a few examples.
"""

import hashlib
import inspect
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from goodfit.surgery import read_facts
from goodfit.training.evaluate import evaluate
from goodfit.training.examples import DatasetExamples, Examples, JoinedExamples, TensorExamples
from goodfit.training.loop import build_model, build_optimizer
from goodfit.training.seeds import own_randomness, seed_everything
from goodfit.training.settings import Settings
from goodfit.training.splits import Holdout, Pool
from goodfit.training.task import Task

PROBED = 8  # examples; enough to notice another loss, few enough to cost nothing


def task_fingerprint(task: Task, pool: Pool, holdout: Holdout) -> str:
    """Hash everything that the result of a training depends on, apart from its settings."""
    digest = hashlib.sha256()
    for part in _parts(task, pool, holdout):
        digest.update(part if isinstance(part, bytes) else part.encode())
        digest.update(b"\0")
    return digest.hexdigest()[:16]


def holdout_fingerprint(holdout: Holdout) -> str:
    """Hash the locked examples themselves: the same test set counts its reads across tasks and models."""
    digest = hashlib.sha256()
    for part in _examples(holdout.examples, holdout.indices):
        digest.update(part)
    return digest.hexdigest()[:16]


def _parts(task: Task, pool: Pool, holdout: Holdout) -> Iterator[str | bytes]:
    with own_randomness():
        model = build_model(task, Settings(seed=0))
        yield from _behaviour(task, pool, model)
    yield read_facts(model).fingerprint
    yield from sorted(_source(kind) for kind in {type(module) for module in model.modules()})
    yield from (
        _source(part) for part in (task.loss, task.optimizer, task.metric.score if task.metric else None)
    )
    yield repr(
        (
            task.epochs,
            task.batch_size,
            task.train_size,
            task.validation_size,
            task.resample,
            torch.__version__,
        )
    )
    yield repr((len(pool.indices), pool.given_validation, len(holdout.indices)))
    yield from _examples(pool.examples, pool.indices)
    yield from _examples(holdout.examples, holdout.indices)
    for codes in (pool.groups, holdout.groups):
        yield codes.tobytes() if codes is not None else "no groups"


def _behaviour(task: Task, pool: Pool, model: nn.Module) -> Iterator[str | bytes]:
    """Initial weights, optimiser settings, and what loss and metric say of the first examples, to four digits."""
    for name, tensor in model.state_dict().items():
        yield name
        yield _bytes(tensor)
    optimizer = build_optimizer(task, model)
    yield type(optimizer).__name__ + repr([_settings_of(group) for group in optimizer.param_groups])
    seed_everything(0)
    measured = evaluate(model, task, pool.examples, pool.indices[:PROBED], torch.device("cpu"))
    yield repr([f"{loss:.4g}" for loss in measured.losses.tolist()])
    yield "none" if measured.metric is None else f"{measured.metric:.4g}"


def _settings_of(group: dict[str, Any]) -> list[tuple[str, str]]:
    return sorted((name, repr(value)) for name, value in group.items() if name != "params")


def _source(thing: Any) -> str:
    """The code of a class or function, and the arguments bound to it."""
    if isinstance(thing, partial):
        return f"partial({_source(thing.func)}, {thing.args!r}, {sorted(thing.keywords.items())!r})"
    named = thing if inspect.isclass(thing) or inspect.isroutine(thing) else type(thing)
    bound = "" if named is thing else repr(thing)
    module = getattr(named, "__module__", "") or ""
    name = f"{module}.{getattr(named, '__qualname__', named)}"
    if module.startswith(("torch.", "goodfit.")):
        return name + bound
    try:
        return name + bound + inspect.getsource(named)
    except (OSError, TypeError):  # defined where no source is kept
        return name + bound


def _examples(examples: Examples, indices: "np.ndarray[Any, Any]") -> Iterator[bytes]:
    if isinstance(examples, TensorExamples):
        yield indices.tobytes()
        for tensor in examples.tensors:
            yield _bytes(tensor)
    elif isinstance(examples, JoinedExamples):
        yield indices.tobytes()
        for part in (examples.first, examples.second):
            yield from _examples(part, np.arange(len(part)))
    elif isinstance(examples, DatasetExamples):
        yield indices.tobytes()
        yield from _sampled(examples)


def _sampled(examples: DatasetExamples) -> Iterator[bytes]:
    """A dataset's length, class and up to 64 evenly spaced items: reading all could take an epoch of decoding."""
    yield f"{type(examples.dataset).__qualname__} {len(examples)}".encode()
    for i in np.unique(np.linspace(0, len(examples) - 1, 64).astype(np.int64)):
        with own_randomness():
            torch.manual_seed(0)
            item = examples.dataset[int(i)]
        for part in item:
            yield _bytes(part) if isinstance(part, Tensor) else repr(part).encode()


def _bytes(tensor: Tensor) -> bytes:
    plain = tensor.detach().cpu().contiguous()
    return repr((tuple(plain.shape), plain.dtype)).encode() + plain.view(torch.uint8).numpy().tobytes()
