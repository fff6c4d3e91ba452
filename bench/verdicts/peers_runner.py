# SPDX-License-Identifier: Apache-2.0
"""Runs one peer over a folder of logs; executed by the python of the peers' own environment, not by goodfit's.

    PEERS_PYTHON bench/verdicts/peers_runner.py PEER FOLDER

Each log of the folder is a CSV `epoch,train_loss,val_loss` (or `step,...`). One JSON line a log:
{"log": name, "said": {word: onset or null}, "error": sentence or null}. The words are those of SAYS; an onset is the x of
the log that the peer names: some count rows from 0 where the column is not called `step`, which is mapped back.
"""

import contextlib
import csv
import importlib
import io
import json
import math
import re
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OVERFITTING, DIVERGING, SPIKES = "overfitting", "diverging", "spikes"
# Never learned; stood still for a while. A peer whose finding covers both is taken to say both.
STALLED, PLATEAU = "stalled", "plateau"
FLAT = "flat"
Said = Iterator[tuple[str, float | None]]  # word and onset


@dataclass(frozen=True)
class Log:
    """One log, as a file and as lists."""

    path: Path
    axis: str  # "epoch" or "step"
    x: list[float]
    train: list[float]
    val: list[float]

    def at_row(self, row: float | None) -> float | None:
        """The x of a row, counted from 0."""
        return self.x[int(row)] if row is not None and 0 <= int(row) < len(self.x) else None

    def at(self, step: float | None) -> float | None:
        """The x of what a peer calls a step: it counts rows unless the column is called so."""
        return step if self.axis == "step" else self.at_row(step)


def read(path: Path) -> Log:
    """A log's three columns."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    columns = [[float(cell) for cell in column] for column in zip(*rows[1:], strict=True)]
    return Log(path=path, axis=rows[0][0], x=columns[0], train=columns[1], val=columns[2])


def trainspotter(log: Log) -> Said:
    """Its overfitting of severity info is one that it explains by a divergence."""
    peer = importlib.import_module("trainspotter")
    words = {"overfitting": OVERFITTING, "divergence": DIVERGING, "plateau": FLAT, "spikes": SPIKES}
    for found in peer.run_all(peer.load_run(log.path)):
        if found.detector in words and not (found.detector == "overfitting" and found.severity == "info"):
            yield words[found.detector], log.at(found.step_start)


def runmedic(log: Log) -> Said:
    """Every severity counts: its info is named mild overfitting."""
    loaders, roles, checks = (
        importlib.import_module(f"runmedic.{name}") for name in ("loaders", "roles", "checks")
    )
    words = {
        "overfitting": OVERFITTING,
        "divergence": DIVERGING,
        "non_finite": DIVERGING,
        "no_learning": STALLED,
        "loss_spikes": SPIKES,
    }
    for run in loaders.load(str(log.path)):
        for found in checks.run_checks(run, roles.detect(run, {})):
            if found.check in words:
                yield words[found.check], log.at(found.step)


def trainproof(log: Log) -> Said:
    """The onset stands in the sentence of its evidence only."""
    words = {
        "TP-OVERFIT": OVERFITTING,
        "TP-DIVERGE": DIVERGING,
        "TP-NAN": DIVERGING,
        "TP-FLAT": STALLED,
        "TP-DEAD-RUN": STALLED,
    }
    for found in importlib.import_module("trainproof.epoch").check_epoch(log.path)["findings"]:
        if found["id"] in words:
            yield words[found["id"]], log.at(_number(r"min \S+ @step(\d+)", found["evidence"]))


def finetune_doctor(log: Log) -> Said:
    """It reads Hugging Face states only; "slightly worse" (info) is not what it calls overfitting."""
    peer, reader = (importlib.import_module(f"finetune_doctor{name}") for name in ("", ".history"))
    lines: list[dict[str, float]] = []
    for x, train, val in zip(log.x, log.train, log.val, strict=True):
        lines += [{"step": x, "epoch": x, "loss": train}, {"step": x, "epoch": x, "eval_loss": val}]
    words = {
        "Overfitting": OVERFITTING,
        "Training loss went up": DIVERGING,
        "NaN loss": DIVERGING,
        "Not learning": STALLED,
        "Loss spikes": SPIKES,
    }
    for found in peer.diagnose(
        reader.from_trainer_state({"log_history": lines, "global_step": log.x[-1]})
    ).findings:
        if found.title in words:
            yield words[found.title], found.metrics.get("best_step")


def losslint(log: Log) -> Said:
    """Its overfitting is always of severity info; it reads the first column as the step by either name."""
    parsing, checks = (importlib.import_module(f"losslint.{name}") for name in ("parsing", "checks"))
    words = {
        "overfit_onset": OVERFITTING,
        "divergence": DIVERGING,
        "nan_inf": DIVERGING,
        "stagnation": FLAT,
        "loss_spike": SPIKES,
    }
    for found in checks.run_all_checks(parsing.load_run(log.path)):
        if found.check in words:
            yield words[found.check], found.details.get("since_step")


def gradsnitch(log: Log) -> Said:
    """GS001 is a loss that is not finite, GS006 a sustained rise, GS005 an early plateau."""
    words = {"GS004": OVERFITTING, "GS001": DIVERGING, "GS006": DIVERGING, "GS005": FLAT}
    for found in importlib.import_module("gradsnitch").lint_csv(str(log.path)):
        if found.code in words:
            yield words[found.code], log.at(_number(r"bottomed at step (\d+)", found.evidence))


def sk_autod(log: Log) -> Said:
    """It takes lists; what it calls an exploding gradient is "training loss spiked sharply in a single epoch"."""
    words = {
        "Classic overfitting": OVERFITTING,
        "LR too high": DIVERGING,
        "Dying ReLU proxy": STALLED,
        "Exploding gradient": SPIKES,
    }
    for found in importlib.import_module("sk_autod").diagnose(log.train, log.val).findings:
        if found.detector_name in words:
            yield words[found.detector_name], log.at_row(found.epoch)


def hyperassist(log: Log) -> Said:
    """Free text: training first, then validation, for it reads both on one line as the same number."""
    analyzer = importlib.import_module("hyperassist.log_assist.analyzer")
    lines = [f"epoch {row} train_loss: {value:.10f}" for row, value in enumerate(log.train)]
    lines += [f"epoch {row} val_loss: {value:.10f}" for row, value in enumerate(log.val)]
    chunks, norms = analyzer.parse_log_into_chunks(lines)
    analyzer.analyze_chunks(chunks, norms)
    tags = {tag for chunk in chunks for tag in chunk["tags"]}
    verdict = analyzer.analyze_global(chunks)
    yield from (
        (word, None) for word, tag in ((DIVERGING, "instability"), (SPIKES, "loss_jump")) if tag in tags
    )
    if verdict["overfit"]:
        yield OVERFITTING, None


def training_doctor(log: Log) -> Said:
    """It knows the columns `loss`, `train_loss` and `eval_loss`, so it gets them by these names."""
    words = {
        "Overfitting detected": OVERFITTING,
        "Learning rate likely too high": DIVERGING,
        "Training plateau detected": FLAT,
        "Early training plateau": FLAT,
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.csv"
        rows = zip(log.x, log.train, log.val, strict=True)
        lines = [f"{x:g},{train!r},{train!r},{val!r}" for x, train, val in rows]
        path.write_text("\n".join(["step,loss,train_loss,eval_loss", *lines]), encoding="utf-8")
        found = importlib.import_module("training_doctor").Doctor().load(path).analyze()
    yield from ((words[each.problem], None) for each in found if each.problem in words)


def _number(pattern: str, text: str) -> float | None:
    match = re.search(pattern, text)
    return float(match.group(1)) if match else None


# What each peer is able to say at all, by the words above.
SAYS: dict[str, tuple[Callable[[Log], Said], frozenset[str]]] = {
    "trainspotter": (trainspotter, frozenset({OVERFITTING, DIVERGING, STALLED, PLATEAU, SPIKES})),
    "runmedic": (runmedic, frozenset({OVERFITTING, DIVERGING, STALLED, SPIKES})),
    "trainproof": (trainproof, frozenset({OVERFITTING, DIVERGING, STALLED})),
    "finetune-doctor": (finetune_doctor, frozenset({OVERFITTING, DIVERGING, STALLED, SPIKES})),
    "losslint": (losslint, frozenset({OVERFITTING, DIVERGING, STALLED, PLATEAU, SPIKES})),
    "gradsnitch": (gradsnitch, frozenset({OVERFITTING, DIVERGING, STALLED, PLATEAU})),
    "sk-autod": (sk_autod, frozenset({OVERFITTING, DIVERGING, STALLED, SPIKES})),
    "hyperassist": (hyperassist, frozenset({OVERFITTING, DIVERGING, SPIKES})),
    "training-doctor": (training_doctor, frozenset({OVERFITTING, DIVERGING, STALLED, PLATEAU})),
}


def judged(path: Path, judge: Callable[[Log], Said]) -> dict[str, Any]:
    """What one peer says of one log; its first finding of a word counts."""
    said: dict[str, float | None] = {}
    error = None
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            for word, onset in judge(read(path)):
                for each in (STALLED, PLATEAU) if word == FLAT else (word,):
                    said.setdefault(each, None if onset is None or math.isnan(onset) else float(onset))
        except Exception as failure:  # noqa: BLE001 - a peer's failure is a result of the comparison
            error = f"{type(failure).__name__}: {failure}"
    return {"log": path.stem, "said": said, "error": error}


def main() -> None:
    """Judge every log of the folder."""
    warnings.simplefilter("ignore")
    judge = SAYS[sys.argv[1]][0]
    begun = time.perf_counter()
    for path in sorted(Path(sys.argv[2]).glob("*.csv")):
        print(json.dumps(judged(path, judge)))
    print(json.dumps({"seconds": time.perf_counter() - begun}))


if __name__ == "__main__":
    main()
