# SPDX-License-Identifier: Apache-2.0
"""From two files to two arms of runs: the form is known by the ending, the examples are brought into one order."""

from pathlib import Path

from goodfit.errors import FormatError, InputError, ReadError
from goodfit.proof.measure import Measure
from goodfit.proof.scores.csv_file import read_csv
from goodfit.proof.scores.json_file import read_json
from goodfit.proof.scores.numpy_file import read_numpy
from goodfit.proof.scores.table import ScoreTable
from goodfit.values import Arm, History, Run, Split

ENDINGS = (".json", ".csv", ".tsv", ".npy", ".npz")


def read_scores(name: str, metric: str = "loss") -> ScoreTable:
    """Read one recipe's per-example scores.

    Args:
        name: a file; of a report of goodfit, `report.json:control` and `report.json:treatment` name an arm.
        metric: what the column of the numbers may be called beside loss and score.

    Raises:
        ReadError: there is no such file, or it cannot be read.
        FormatError: it holds no scores, or broken ones.
    """
    file, arm = _named(name)
    if file.suffix.lower() not in ENDINGS:
        raise FormatError(
            f"scores are not read from {file.suffix or 'a file without an ending'}",
            where=str(file),
            todo=f"give one of {', '.join(ENDINGS)}",
        )
    if not file.is_file():
        raise ReadError("there is no such file", where=name, todo="name a file of per-example scores")
    try:
        if file.suffix.lower() == ".json":
            return read_json(file, arm)
        if arm is not None:
            raise FormatError("only a report has arms", where=name, todo=f"leave :{arm} out")
        return read_csv(file, metric) if file.suffix.lower() in (".csv", ".tsv") else read_numpy(file)
    except OSError as error:
        raise ReadError(f"the file cannot be read: {error}", where=str(file)) from None


def score_runs(control: ScoreTable, treatment: ScoreTable, measure: Measure) -> tuple[list[Run], list[Run]]:
    """Both arms as runs of the same examples in the same order.

    Raises:
        InputError: the files are about different examples or seeds.
    """
    if len(control.rows[0]) != len(treatment.rows[0]):
        raise InputError(
            f"{control.place} has {len(control.rows[0]):,} examples, {treatment.place} {len(treatment.rows[0]):,}",
            todo="score both recipes on the same test examples",
        )
    if odd := sorted(set(control.seeds) ^ set(treatment.seeds)):
        raise InputError(
            f"seed {odd[0]} is in one of the files only",
            where=f"{control.place}: {_listed(control)}; {treatment.place}: {_listed(treatment)}",
            todo="give the same seeds for both recipes: the proof compares pairs",
        )
    order = _order(control, treatment)
    return _runs(control, Arm.CONTROL, None, measure), _runs(treatment, Arm.TREATMENT, order, measure)


def limits_of_files(control: ScoreTable, treatment: ScoreTable) -> tuple[str, ...]:
    """What a verdict on scores of another tool cannot vouch for."""
    said = []
    said.append(
        "goodfit did not see the test set, nor the trainings: looks at it that were made elsewhere are not counted, and "
        "whether both recipes were tuned and stopped alike is not known."
    )
    if control.numbered or treatment.numbered:
        said.append(
            "The files do not name their seeds: the first row was paired with the first, and so on. Rows that were not "
            "trained as pairs make the proof weaker, not wrong."
        )
    return tuple(said)


def _named(name: str) -> tuple[Path, Arm | None]:
    for arm in Arm:
        if name.endswith(f":{arm.value}") and not Path(name).exists():
            return Path(name.removesuffix(f":{arm.value}")), arm
    return Path(name), None


def _order(control: ScoreTable, treatment: ScoreTable) -> list[int] | None:
    """Where the control's examples stand in the treatment's rows; None: where they are."""
    if control.examples is None or treatment.examples is None or control.examples == treatment.examples:
        return None
    if odd := sorted(set(control.examples) ^ set(treatment.examples)):
        raise InputError(
            f"example {odd[0]!r} is in one of the files only",
            where=f"{control.place}, {treatment.place}",
            todo="score both recipes on the same test examples",
        )
    places = {name: place for place, name in enumerate(treatment.examples)}
    return [places[name] for name in control.examples]


def _runs(table: ScoreTable, arm: Arm, order: list[int] | None, measure: Measure) -> list[Run]:
    runs = []
    for seed, row in zip(table.seeds, table.rows, strict=True):
        ordered = row if order is None else tuple(row[place] for place in order)
        mean = sum(ordered) / len(ordered)
        runs.append(
            Run(
                seed=seed,
                arm=arm,
                history=History(curves={}),
                score=mean,
                scores={measure.name: mean},
                per_example=ordered,
                measured_on=Split.TEST,
            )
        )
    return runs


def _listed(table: ScoreTable) -> str:
    return ", ".join(str(seed) for seed in sorted(table.seeds))
