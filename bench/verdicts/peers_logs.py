# SPDX-License-Identifier: Apache-2.0
"""The same logs for every tool, and what each tool says of them in the words of peers_runner."""

import gzip
import json
import os
import subprocess
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
from drawn import Floats
from generator import draw_case
from peers_baselines import BASELINES, Rule
from peers_runner import DIVERGING, OVERFITTING, PLATEAU, SAYS, SPIKES, STALLED

from goodfit import read_history
from goodfit.measures import onset
from goodfit.rules import RULES, diagnose
from goodfit.values import Curve, History, Outcome, Split

OURS = "goodfit"
CODES = {
    OVERFITTING: frozenset({"GF101"}),
    DIVERGING: frozenset({"GF301"}),
    STALLED: frozenset({"GF203"}),
    PLATEAU: frozenset({"GF205"}),
    SPIKES: frozenset({"GF303"}),
}
# The words of most peers do not tell these two apart, so neither kind is judged by the other word.
NEITHER = {STALLED: PLATEAU, PLATEAU: STALLED}
DATA = Path(os.environ.get("GOODFIT_DATA", "../shared/data")) / "histories_simulated" / "histories.json.gz"
KINDS = (
    "healthy",
    "nearly-risen",
    "overfitting",
    "standing-gap",
    "underfitting",
    "still-improving",
    "diverging",
    "stalled",
    "plateau",
    "loss-spikes",
    "noisy-validation",
    "second-descent",
)
RUNNER = Path(__file__).with_name("peers_runner.py")
_VERSIONS = "import sys, json, importlib.metadata as m; found = {d.name.lower(): d.version for d in m.distributions()}; print(json.dumps(found))"


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """One log and its truth."""

    name: str
    history: History
    kind: str
    present: frozenset[str]  # codes
    allowed: frozenset[str] = frozenset()  # neither right nor wrong to find
    onset: float | None = None
    noise: float = 0.0


@dataclass(slots=True, kw_only=True)
class Tool:
    """What one tool says of each log."""

    name: str
    able: frozenset[str]  # words that it has at all
    said: dict[str, dict[str, float | None]] = field(default_factory=dict)  # log -> word -> onset
    refused: dict[str, int] = field(default_factory=dict)  # error -> logs
    seconds: float | None = None
    left_out: str | None = None  # why


def drawn(part: str, each: int) -> list[Labelled]:
    """The drawn histories of all kinds."""
    logs = []
    for kind in KINDS:
        for i in range(each):
            case = draw_case("develop" if part == "develop" else "judge", kind, i)
            logs.append(
                Labelled(
                    name=f"{kind}-{i:05}",
                    history=case.history,
                    kind=kind,
                    present=case.present,
                    allowed=case.allowed,
                    onset=case.onset if "GF101" in case.present else None,
                    noise=case.noise,
                )
            )
    return logs


def simulated() -> list[Labelled]:
    """The labelled set of others; empty when it is not there."""
    if not DATA.exists():
        return []
    with gzip.open(DATA, "rt", encoding="utf-8") as file:
        entries: list[dict[str, Any]] = json.load(file)
    return [_labelled(i, entry) for i, entry in enumerate(entries)]


def _labelled(i: int, entry: dict[str, Any]) -> Labelled:
    x = range(1, len(entry["val"]) + 1)
    curves = {
        f"{name}_loss": Curve.of(map(float, entry[name]), x=x, split=split)
        for name, split in (("train", Split.TRAIN), ("val", Split.VALIDATION))
    }
    overfit = entry["label"] == "overfit"
    return Labelled(
        name=f"simulated-{i:05}",
        history=History(curves=curves),
        kind=entry["label"],
        present=frozenset({"GF101"} if overfit else ()),
    )


def write_logs(logs: Sequence[Labelled], folder: Path) -> None:
    """One CSV each, with the two losses and nothing else."""
    for log in logs:
        train, val = log.history.curves["train_loss"], log.history.curves["val_loss"]
        rows = zip(train.x, train.values, val.values, strict=True)
        lines = [f"{train.axis.value},train_loss,val_loss", *(f"{x:g},{a!r},{b!r}" for x, a, b in rows)]
        (folder / f"{log.name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def all_tools(logs: Sequence[Labelled], folder: Path, python: Path | None, limit: float) -> list[Tool]:
    """Goodfit first, then the peers, then the simple rules."""
    able = frozenset(word for word, codes in CODES.items() if codes & {rule.code for rule in RULES})
    ours = _goodfit(OURS, able, logs, lambda log: read_history(folder / f"{log.name}.csv"))
    full = _goodfit(f"{OURS}, given the facts of the run too", able, logs, lambda log: log.history)
    with ThreadPoolExecutor(2) as pool:
        # Last comes first: the slowest one is the last, and the tables keep the order of SAYS.
        peers = list(pool.map(lambda name: _peer(name, folder, python, limit), reversed(SAYS)))[::-1]
    rules = [_baseline(name, rule, logs) for name, rule in BASELINES.items()]
    return [ours, full, *peers, *rules]


def versions(python: Path | None) -> dict[str, str]:
    """Versions of everything in the peers' environment, by lower-case name; empty without one."""
    if python is None or not python.exists():
        return {}
    answer = subprocess.run([python, "-c", _VERSIONS], capture_output=True, text=True, check=True)
    found: dict[str, str] = json.loads(answer.stdout)
    return {name.replace("_", "-"): version for name, version in found.items()}


def _goodfit(
    name: str, able: frozenset[str], logs: Sequence[Labelled], read: Callable[[Labelled], History]
) -> Tool:
    """Only PRESENT counts as said, of any severity."""
    tool = Tool(name=name, able=able)
    for log in logs:
        history = read(log)
        found = {each.code for each in diagnose(history) if each.outcome is Outcome.PRESENT}
        said: dict[str, float | None] = {word: None for word, codes in CODES.items() if codes & found}
        if OVERFITTING in said and history.val is not None:
            place = onset(history.val).epoch
            said[OVERFITTING] = place if isfinite(place) else None
        tool.said[log.name] = said
    return tool


def _peer(name: str, folder: Path, python: Path | None, limit: float) -> Tool:
    """Run one peer over all logs in one process."""
    tool = Tool(name=name, able=SAYS[name][1])
    installed = versions(python)
    if python is None or name not in installed:
        tool.left_out = (
            "not installed in the environment of --python" if installed else "no --python was given"
        )
        return tool
    tool.name = f"{name} {installed[name]}"
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [str(python), str(RUNNER), name, str(folder)]
    try:
        answer = subprocess.run(
            command, capture_output=True, text=True, timeout=limit, check=False, env=environment
        )
    except subprocess.TimeoutExpired:
        tool.left_out = f"not done within {limit:g} s"
        return tool
    if answer.returncode:
        tool.left_out = f"failed: {answer.stderr.strip().splitlines()[-1:]}"
        return tool
    for line in answer.stdout.splitlines():
        _take(tool, json.loads(line))
    return tool


def _take(tool: Tool, line: dict[str, Any]) -> None:
    if "seconds" in line:
        tool.seconds = line["seconds"]
        return
    tool.said[line["log"]] = line["said"]
    if line["error"]:
        tool.refused[line["error"]] = tool.refused.get(line["error"], 0) + 1


def _baseline(name: str, rule: Rule, logs: Sequence[Labelled]) -> Tool:
    tool = Tool(name=name, able=frozenset({OVERFITTING}))
    for log in logs:
        train, val = (_values(log.history, curve) for curve in ("train_loss", "val_loss"))
        place = rule(train, val)
        x = log.history.curves["val_loss"].x
        tool.said[log.name] = {} if place is None else {OVERFITTING: x[place]}
    return tool


def _values(history: History, name: str) -> Floats:
    return np.asarray(history.curves[name].values, dtype=float)
