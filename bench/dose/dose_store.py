# SPDX-License-Identifier: Apache-2.0
"""Every training is carried out once and kept: a file a curve, put in place whole, so that a kill loses one training.

The folder of a task carries a mark of its plan and of what trains it: a changed task is trained anew, and never mixed up.
"""

import json
import os
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from hashlib import blake2b
from pathlib import Path

import numpy as np
import torch
from dose_bed import Bed, Course, Curve, Picked, Way
from dose_data import task_of
from dose_plan import Plan

VERSION = "1"  # raised whenever the courses train or measure differently
FOLDER = Path(".goodfit-dose")
HORIZONS = Path(__file__).with_name("horizons.json")


def folder_of(plan: Plan, seed: int) -> Path:
    """Where the trainings of a task at a seed are kept."""
    mark = blake2b(f"{VERSION} {plan}".encode(), digest_size=4).hexdigest()
    return FOLDER / f"{plan.name}-{mark}" / str(seed)


def horizon_of(plan: Plan) -> int:
    """T of a task in epochs, as it was written down before anything was compared."""
    return int(json.loads(HORIZONS.read_text(encoding="utf-8"))[plan.name]["epochs"])


def bed_of(plan: Plan, seed: int, horizon: int | None = None) -> Bed:
    """The task at a seed, its curves read from the folder and trained when they are not there."""
    epochs = horizon_of(plan) if horizon is None else horizon
    folder = folder_of(plan, seed)
    known: dict[float, Curve] = {}

    def read(bed: Bed, rate: float) -> Curve:
        if rate not in known:
            known[rate] = _read(folder, bed, rate)
        return known[rate]

    return Bed(plan.name, seed, epochs, partial(task_of, plan), read)


def _read(folder: Path, bed: Bed, rate: float) -> Curve:
    path = folder / f"{rate:.2f}.npz"
    if path.exists():
        with np.load(path, allow_pickle=False) as kept:
            parts = [kept[name] for name in ("validation", "test", "losses", "seconds")]
        if len(parts[0]) >= bed.horizon:
            return Curve(rate, *parts).upto(bed.horizon)
    torch.set_num_threads(1)
    curve = Course(bed, rate).run(bed.horizon).curve(rate)
    _put(
        path,
        lambda file: np.savez(
            file,
            validation=curve.validation,
            test=curve.test,
            losses=curve.losses.astype(
                np.float16
            ),  # 0.05 % of a loss: far below the standard errors they are for
            seconds=curve.seconds,
        ),
    )
    return _read(folder, bed, rate)  # as everybody else will read it


def kept(folder: Path, way: Way, bed: Bed) -> Picked:
    """What a way found on a bed: kept from before, or searched now."""
    path = folder / f"{way.name.replace('/', ' ')} T{bed.horizon}.json"
    if not path.exists():
        torch.set_num_threads(1)
        text = json.dumps(asdict(way.search(bed)))
        _put(path, lambda file: file.write(text.encode()))
    return Picked(**json.loads(path.read_text(encoding="utf-8")))


def _put(path: Path, write: Callable[..., object]) -> None:
    """Write a file under another name and move it to its own when it is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.part")
    with part.open("wb") as file:
        write(file)
    part.replace(path)
