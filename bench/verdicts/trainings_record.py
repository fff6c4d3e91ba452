# SPDX-License-Identifier: Apache-2.0
"""The recorded trainings as files: written from single measured trainings, read without torch.

    from trainings_record import read
    for case in read("develop"): case.history, case.present, case.allowed, case.headline, case.ambiguous

`present` is what goodfit should find; `allowed` is no mistake beside it; anything else found is a false alarm.
"""

import gzip
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from trainings_labels import Label, label
from trainings_recipes import plans

from goodfit.rules import PRECEDENCE
from goodfit.values import Axis, Curve, Goal, History, MeasuredAs, RunContext, Split, from_json, to_json

HERE = Path(__file__).parent / "recorded"
PARTS = ("develop", "judge")
LARGEST_LOSS = 1e30  # beyond, the tools that write logs say inf


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One recorded training with its truth."""

    name: str
    part: str
    recipe: str
    history: History
    present: frozenset[str]
    allowed: frozenset[str]
    headline: str | None  # None: nothing is wrong
    ambiguous: tuple[str, ...]  # why it is not scored; empty for a scored case
    reasons: tuple[str, ...]
    test_loss: tuple[float, ...]  # at each evaluation, for labels only
    provenance: Mapping[str, Any]


def read(part: str, folder: Path = HERE) -> list[Recorded]:
    """All cases of one part, also the ambiguous ones."""
    with gzip.open(folder / f"{part}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [_decode(json.loads(line)) for line in lines]


def _decode(row: Mapping[str, Any]) -> Recorded:
    sets = {name: frozenset(row[name]) for name in ("present", "allowed")}
    return Recorded(
        name=row["name"],
        part=row["part"],
        recipe=row["recipe"],
        history=from_json(History, row["history"]),
        headline=row["headline"],
        ambiguous=tuple(row["ambiguous"]),
        reasons=tuple(row["reasons"]),
        test_loss=tuple(float(value) for value in row["test_loss"]),
        provenance=row["provenance"],
        **sets,
    )


def pack(trainings: Path, into: Path) -> str:
    """Label every training of the folder, write one file a part, and say how many there are of each."""
    into.mkdir(exist_ok=True)
    said = []
    for part in PARTS:
        rows = [row for row in _rows(trainings) if row["part"] == part]
        lines = "".join(json.dumps(row, sort_keys=True, allow_nan=False) + "\n" for row in rows)
        # No time and no name in the head of the file: the same rows give the same bytes.
        (into / f"{part}.jsonl.gz").write_bytes(gzip.compress(lines.encode(), mtime=0))
        counts = Counter(row["headline"] or "healthy" for row in rows if not row["ambiguous"])
        ambiguous = sum(bool(row["ambiguous"]) for row in rows)
        said.append(f"{part}: {len(rows)} trainings, {ambiguous} ambiguous, {dict(sorted(counts.items()))}")
    return "\n".join(said)


def _rows(trainings: Path) -> Iterator[dict[str, Any]]:
    now = {plan.name: json.loads(json.dumps(asdict(plan))) for plan in plans()}
    for path in sorted(trainings.glob("*.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        # What a fault claims and excuses, and which of the measured curves and facts the log holds, is today's recipe's
        # affair: no new run is needed.
        known = now.get(path.stem, {})
        record["plan"] |= {key: known.get(key) for key in _OF_LABELS}
        if record["plan"] != known:
            continue  # of an earlier set of recipes
        found = label(record)
        yield _row(path.stem, record, found)


def _row(name: str, record: dict[str, Any], found: Label) -> dict[str, Any]:
    plan = record["plan"]
    headline = next((code for code in PRECEDENCE if code in found.present), None)
    return {
        "name": name,
        "part": plan["part"],
        "recipe": plan["recipe"],
        "history": to_json(_history(record)),
        "present": sorted(found.present),
        "allowed": sorted(found.allowed),
        "headline": headline,
        "ambiguous": found.ambiguous,
        "reasons": found.reasons,
        "test_loss": [_short(value) for value in record["curves"]["test_loss"]],
        "provenance": {
            **record["provenance"],
            **{key: plan[key] for key in ("recipe", "data", "model", "seed", "fault")},
            "settings": {key: plan[key] for key in _SETTINGS},
        },
    }


_OF_LABELS = ("claims", "excuses", "facts", "logs", "measured_said")
_SETTINGS = (
    *(
        "train_size",
        "validation_size",
        "test_size",
        "epochs",
        "batch_size",
        "optimizer",
        "learning_rate",
        "schedule",
    ),
    *("weight_decay", "dropout", "width", "label_noise", "fault_size", "train_as"),
)


def _short(value: float) -> float | str:
    """Six digits are more than any log needs; what is no finite number is written as a word."""
    if not isfinite(value) or abs(value) > LARGEST_LOSS:
        return "NaN" if value != value else ("Infinity" if value > 0 else "-Infinity")  # noqa: PLR0124
    return float(f"{value:.6g}")


def _history(record: dict[str, Any]) -> History:
    """The log that a rule may see: never the test loss, unless the plan logs it."""
    plan, curves = record["plan"], record["curves"]
    number = plan["data"].startswith(("table", "ratings"))
    names = ["train_loss", "val_loss", *([] if number else ["val_accuracy"])]
    # The rate is no measurement of the model: readers leave it out of a history, and so do we.
    names += [name for name in plan["logs"] if name != "learning_rate"]
    steps = plan["every"] is not None
    places = record["x"] if steps else range(1, len(record["x"]) + 1)
    axis = Axis.STEP if steps else Axis.EPOCH
    return History(
        curves={
            name: Curve.of(
                [float(_short(value)) for value in curves[name]],
                x=list(map(float, places)),
                axis=axis,
                split=_split(name),
                metric=_metric(name),
                goal=Goal.MAXIMIZE if name == "val_accuracy" else Goal.MINIMIZE,
                measured_as=_measured(name, plan),
            )
            for name in names
        },
        context=_context(plan, record["measured"]),
    )


def _metric(name: str) -> str:
    known = {"train_loss_eval": "loss", "grad_norm": "grad_norm"}
    return known.get(name) or name.partition("_")[2]


def _split(name: str) -> Split:
    return {"val": Split.VALIDATION, "test": Split.TEST}.get(name.partition("_")[0], Split.TRAIN)


def _measured(name: str, plan: dict[str, Any]) -> MeasuredAs:
    if name == "train_loss_eval":
        return MeasuredAs.EVAL_MODE
    if name == "train_loss" and plan["measured_said"]:
        return MeasuredAs(plan["train_as"])
    return MeasuredAs.UNKNOWN


def _context(plan: dict[str, Any], measured: dict[str, Any]) -> RunContext:
    """What the log knows about the run besides its curves: much, little or nothing."""
    if plan["facts"] == "none":
        return RunContext()
    classes = int(measured["classes"]) or None
    few = RunContext(classes=classes, batch_size=plan["batch_size"], optimizer=plan["optimizer"].split()[-1])
    if plan["facts"] == "few":
        return few
    return RunContext(
        train_size=plan["train_size"],
        validation_size=plan["validation_size"],
        classes=classes,
        chance_level=float(f"{measured['chance']:.6g}"),
        batch_size=plan["batch_size"],
        parameters=int(measured["parameters"]),
        learning_rate=plan["learning_rate"],
        weight_decay=plan["weight_decay"],
        optimizer=few.optimizer,
        dropout_rates=(plan["dropout"],) if plan["dropout"] else (),
        epochs_planned=plan["epochs"],
        finished=plan["fault"] != "stopped in time",
    )
