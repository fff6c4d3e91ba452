# SPDX-License-Identifier: Apache-2.0
"""Scores of other tools: every form gives the same verdict, and what is broken is named."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from goodfit.errors import FormatError, InputError, ReadError
from goodfit.proof import compare_runs
from goodfit.proof.measure import LOSS, Measure
from goodfit.proof.scores import ScoreTable, limits_of_files, read_groups, read_scores, score_runs
from goodfit.values import Arm, Decision, Goal, History, Provenance, Report, Run, Split, dumps

Floats = NDArray[np.float64]
Write = Callable[[Path, Floats], Path]
TABLE = np.arange(12.0).reshape(3, 4) / 8  # three seeds, four examples, exact in text


def _run(seed: int, row: Floats, arm: Arm = Arm.TREATMENT) -> Run:
    return Run(
        seed=seed,
        arm=arm,
        history=History(curves={}),
        score=float(row.mean()),
        per_example=tuple(row.tolist()),
        measured_on=Split.TEST,
    )


def _json(name: str, data: object) -> tuple[str, str]:
    return name, json.dumps(data)


ROWS = [{"seed": i, "losses": row.tolist()} for i, row in enumerate(TABLE, start=1)]
LONG = "\n".join(f"{i},{j},{value}" for i, row in enumerate(TABLE, start=1) for j, value in enumerate(row))
WIDE = "\n".join(",".join(map(str, (j, *column))) for j, column in enumerate(TABLE.T))
FORMS = [
    _json("list.json", ROWS),
    _json("runs.json", {"runs": ROWS}),
    _json("by_seed.json", {str(i): row.tolist() for i, row in enumerate(TABLE, start=1)}),
    _json("matrix.json", TABLE.tolist()),
    ("long.csv", f"seed,example,loss\n{LONG}"),
    ("upper.tsv", "Seed\tExample\tLoss\n" + LONG.replace(",", "\t")),
    ("unordered.csv", "seed,example,loss\n" + "\n".join(LONG.split("\n")[:4] + LONG.split("\n")[:3:-1])),
    ("wide.csv", f"example,seed_1,seed_2,seed_3\n{WIDE}"),
    ("numbers.csv", f"example,1,2,3\n{WIDE}"),
    (
        "report.json",
        dumps(
            Report(
                history=History(curves={}),
                diagnoses=(),
                phases=(),
                runs=tuple(_run(i, row) for i, row in enumerate(TABLE, start=1)),
                provenance=Provenance(
                    goodfit="0", python="3", torch=None, platform="", created="", command=""
                ),
            )
        ),
    ),
]


@pytest.mark.parametrize(("name", "text"), FORMS, ids=[name for name, _ in FORMS])
def test_every_form_gives_the_same_table(name: str, text: str, tmp_path: Path) -> None:
    """Three seeds of four numbers, whatever they were written as."""
    (tmp_path / name).write_text(text)
    table = read_scores(str(tmp_path / name))
    assert table.seeds == (1, 2, 3)
    assert np.array_equal(table.rows, TABLE)


def test_numpy_files(tmp_path: Path) -> None:
    """A matrix, an archive with a row a seed, and a single row."""
    np.save(tmp_path / "a.npy", TABLE)
    np.savez(tmp_path / "b.npz", **{f"seed_{i}": row for i, row in enumerate(TABLE, start=1)})
    np.save(tmp_path / "one.npy", TABLE[0])
    a, b, one = (read_scores(str(tmp_path / name)) for name in ("a.npy", "b.npz", "one.npy"))
    assert a.seeds == b.seeds == (1, 2, 3)
    assert a.rows == b.rows
    assert (a.numbered, b.numbered) == (True, False)
    assert (one.seeds, one.rows) == ((0,), (tuple(TABLE[0]),))


def test_one_seed_in_plain_forms(tmp_path: Path) -> None:
    """A plain list, one object, a Run of goodfit and a column of losses are one seed each."""
    row = TABLE[0].tolist()
    files = {
        "list.json": json.dumps(row),
        "object.json": json.dumps({"seed": 0, "losses": row}),
        "run.json": dumps(_run(0, TABLE[0])),
        "column.csv": "loss\n" + "\n".join(map(str, row)),
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
        table = read_scores(str(tmp_path / name))
        assert (table.seeds, table.rows) == ((0,), (tuple(row),)), name


def test_arms_of_a_report(tmp_path: Path) -> None:
    """Of a report the treated runs are meant, unless an arm is named."""
    runs = (_run(1, TABLE[0], Arm.CONTROL), _run(1, TABLE[1]))
    about = Provenance(goodfit="0", python="3", torch=None, platform="", created="", command="")
    report = Report(history=History(curves={}), diagnoses=(), phases=(), runs=runs, provenance=about)
    path = tmp_path / "report.json"
    path.write_text(dumps(report))
    assert read_scores(str(path)).rows == (tuple(TABLE[1]),)
    assert read_scores(f"{path}:control").rows == (tuple(TABLE[0]),)


BROKEN = [
    ("a.json", "{", "not JSON"),
    ("a.json", "[]", "no form that holds scores"),
    ("a.json", '{"seed": 1}', "no form"),
    ("a.json", '[{"losses": [1, 2]}]', "names no seed"),
    ("a.json", '[{"seed": 1, "losses": [1, 2]}, {"seed": 1, "losses": [1, 2]}]', "seed 1 stands twice"),
    (
        "a.json",
        '[{"seed": 1, "losses": [1, 2]}, {"seed": 2, "losses": [1]}]',
        "seed 2 has 1 examples, seed 1 has 2",
    ),
    ("a.json", '[{"seed": 1.5, "losses": [1, 2]}]', "1.5 is no seed"),
    ("a.json", "[1, NaN]", "example 2 of seed 0 is nan"),
    ("a.json", "[1, null]", "example 2 of seed 0 is None"),
    ("a.json", '[1, "x"]', "not a number"),
    ("a.csv", "seed,example,loss\n1,a,0.5\n1,a,0.6", "example 'a' stands twice"),
    ("a.csv", "seed,example,loss\n1,a,0.5\n2,b,0.6", "example 'a' is missing for seed 2"),
    ("a.csv", "seed,example,loss\n1,a\n", "row 2 has 2 cells"),
    ("a.csv", "seed,example,loss\n1,a,nan", "no finite number"),
    ("a.csv", "seed,example\n1,a", "no column of numbers"),
    ("a.csv", "epoch,val\n1,2", "'epoch' is no seed and no loss"),
    ("a.csv", "loss\n", "no rows"),
    ("a.npy", "nonsense", "not a numpy file"),
    ("a.txt", "1", "not read from .txt"),
]


@pytest.mark.parametrize(("name", "text", "message"), BROKEN, ids=[f"{n}-{m[:20]}" for n, _, m in BROKEN])
def test_broken_files_are_named(name: str, text: str, message: str, tmp_path: Path) -> None:
    """Each says what was found, and where; nothing is guessed."""
    (tmp_path / name).write_text(text)
    with pytest.raises(FormatError, match=message) as caught:
        read_scores(str(tmp_path / name))
    assert name in str(caught.value.where)
    assert caught.value.todo


def test_objects_are_not_unpickled(tmp_path: Path) -> None:
    """An array of objects could run code when it is loaded; it is refused."""
    np.save(tmp_path / "a.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(FormatError, match="not a numpy file of numbers"):
        read_scores(str(tmp_path / "a.npy"))
    with pytest.raises(ReadError, match="no such file"):
        read_scores(str(tmp_path / "b.npy"))


def _table(rows: Floats, seeds: tuple[int, ...], examples: tuple[str, ...] | None = None) -> ScoreTable:
    return ScoreTable(place="f", seeds=seeds, rows=tuple(map(tuple, rows.tolist())), examples=examples)


def test_two_files_must_fit() -> None:
    """Other seeds, other examples and other lengths are errors; another order of named examples is not."""
    a = _table(TABLE, (1, 2, 3), ("p", "q", "r", "s"))
    with pytest.raises(InputError, match="seed 3 is in one of the files only"):
        score_runs(a, _table(TABLE[:2], (1, 2)), LOSS)
    with pytest.raises(InputError, match="4 examples, f 2"):
        score_runs(a, _table(TABLE[:, :2], (1, 2, 3)), LOSS)
    with pytest.raises(InputError, match="'s' is in one of the files only"):
        score_runs(a, _table(TABLE, (1, 2, 3), ("p", "q", "r", "t")), LOSS)
    control, treatment = score_runs(a, _table(TABLE[:, ::-1], (1, 2, 3), ("s", "r", "q", "p")), LOSS)
    assert [run.per_example for run in control] == [run.per_example for run in treatment]
    assert "do not name their seeds" not in " ".join(limits_of_files(a, a))


def test_more_can_be_better() -> None:
    """For accuracy a higher score wins, and the verdict speaks of accuracy with its true means."""
    draws = np.random.default_rng(0)
    low = 0.6 + 0.05 * draws.standard_normal((6, 300))
    control, treatment = (_table(low + gain, tuple(range(6))) for gain in (0.0, 0.1))
    accuracy = Measure(name="accuracy", goal=Goal.MAXIMIZE)
    verdict = compare_runs(*score_runs(control, treatment, accuracy), holdout_reads=1, measure=accuracy)
    assert verdict.decision is Decision.IMPROVED
    assert (verdict.metric, verdict.goal) == ("accuracy", Goal.MAXIMIZE)
    assert "raised the mean test accuracy by 0.1" in verdict.because
    (mean,) = verdict.means
    assert (mean.metric, round(mean.control, 2), round(mean.treatment, 2)) == ("accuracy", 0.6, 0.7)
    assert verdict.relative == pytest.approx(1 / 6, abs=0.01)


def test_groups_in_every_form(tmp_path: Path) -> None:
    """A label a line, a JSON list, an array, and a CSV whose rows are found by example."""
    table = _table(TABLE, (1, 2, 3), ("p", "q", "r", "s"))
    files = {
        "g.txt": "x\nx\ny\ny\n",
        "g.json": '["x", "x", "y", "y"]',
        "g.csv": "example,group\ns,y\nq,x\np,x\nr,y\n",
        "h.csv": "group\nx\nx\ny\ny\n",
    }
    np.save(tmp_path / "g.npy", np.array([3, 3, 5, 5]))
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    for name in (*files, "g.npy"):
        assert read_groups(tmp_path / name, table) == [0, 0, 1, 1], name
    (tmp_path / "short.txt").write_text("x\n")
    (tmp_path / "other.csv").write_text("example,group\np,x\n")
    for name, message in (("short.txt", "1 groups for 4"), ("other.csv", "'q' has no group")):
        with pytest.raises(FormatError, match=message):
            read_groups(tmp_path / name, table)
    with pytest.raises(ReadError, match="cannot be read"):
        read_groups(tmp_path / "none.txt", table)
