# SPDX-License-Identifier: Apache-2.0
"""Per-example losses are read from the forms in which scripts write them, or refused with a word on what is wrong."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from goodfit.errors import FormatError, ReadError
from goodfit.readers.scores import read_scores, scores_in

LOSSES = [0.5, 1.25, 2.0]


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


def _saved(folder: Path, name: str, **arrays: Any) -> Path:
    path = folder / name
    if name.endswith(".npy"):
        np.save(path, arrays["losses"])
    else:
        np.savez(path, **arrays)
    return path


@pytest.mark.parametrize(
    "raw",
    [
        _json(LOSSES),
        _json({"losses": LOSSES}),
        _json({"per-example": LOSSES}),
        _json({"7": LOSSES}),
        _json([{"loss": each} for each in LOSSES]),
        b"loss\n0.5\n1.25\n2\n",
        b"0.5\n1.25\n2.0\n",
        b"id;loss\nx;0.5\ny;1.25\nz;2.0\n",
        "\ufeffid\tloss\r\nä\t0.5\r\nb\t1.25\r\nc\t2.0\r\n".encode(),
    ],
)
def test_text_forms_give_the_same_losses(raw: bytes) -> None:
    """A list, an object, records and tables of one training hold the same numbers."""
    (found,) = scores_in(raw, "scores")
    assert found.losses.tolist() == LOSSES


@pytest.mark.parametrize("name", ["s.npy", "s.npz"])
def test_arrays_are_read(name: str, tmp_path: Path) -> None:
    """Numpy's own files are read, whichever of the two."""
    (found,) = read_scores(_saved(tmp_path, name, losses=np.array(LOSSES, dtype=np.float32)))
    assert found.losses.tolist() == LOSSES
    assert found.losses.dtype == np.float64


def test_labels_and_metrics_come_along() -> None:
    """Seed, ids, groups, one number of a metric, and the mean of one per example."""
    value = {"losses": LOSSES, "seed": 3, "ids": [1, 2, 3], "group": ["a", "a", "b"]}
    (found,) = scores_in(_json({**value, "accuracy": 0.75, "correct": [1, 0, 1], "model": "mlp"}), "s.json")
    assert (found.seed, found.ids, found.groups) == (3, ("1", "2", "3"), ("a", "a", "b"))
    assert found.metrics == {"accuracy": 0.75, "correct": pytest.approx(2 / 3)}


def test_metrics_of_a_table_are_its_means() -> None:
    """Columns of numbers beside the losses are averaged, text is passed over."""
    (found,) = scores_in(b"loss,accuracy,label\n1,0,x\n2,1,y\n", "s.csv")
    assert found.metrics == {"accuracy": 0.5}


@pytest.mark.parametrize(
    "raw",
    [
        _json({"losses": [LOSSES, LOSSES[::-1]], "seeds": [1, 2], "ids": ["a", "b", "c"]}),
        _json({"1": LOSSES, "2": LOSSES[::-1]}),
        _json([{"seed": 1, "losses": LOSSES}, {"seed": 2, "losses": LOSSES[::-1]}]),
        b"seed,loss\n1,0.5\n1,1.25\n1,2\n2,2\n2,1.25\n2,.5\n",
    ],
)
def test_several_seeds_of_one_file(raw: bytes) -> None:
    """Rows, keys, objects and a column of seeds give one training each."""
    first, second = scores_in(raw, "scores")
    assert (first.seed, second.seed) == (1, 2)
    assert first.losses.tolist() == second.losses.tolist()[::-1] == LOSSES


def test_arrays_of_several_seeds(tmp_path: Path) -> None:
    """Rows of an array are trainings, whose seeds may stand beside it."""
    table = np.array([LOSSES, LOSSES[::-1]])
    plain = read_scores(_saved(tmp_path, "s.npy", losses=table))
    named = read_scores(_saved(tmp_path, "s.npz", losses=table, seeds=np.array([4, 5])))
    assert [each.seed for each in plain] == [None, None]
    assert [each.seed for each in named] == [4, 5]
    assert named[1].losses.tolist() == LOSSES[::-1]


def test_nan_stays_nan_and_missing_is_refused() -> None:
    """NaN and missing are different things."""
    (found,) = scores_in(b'{"losses": [0.5, NaN]}', "s.json")
    assert np.isnan(found.losses[1])
    with pytest.raises(FormatError, match="entry 2 of the losses is None"):
        scores_in(b'{"losses": [0.5, null]}', "s.json")
    with pytest.raises(FormatError, match="loss in line 3 is ''"):
        scores_in(b"loss,id\n1,a\n,b\n", "s.csv")


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"{", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"[]", "shape"),
        (b"{}", "it has none"),
        (_json({"accuracy": [1, 2]}), "it has 'accuracy'"),
        (_json({"losses": "abc"}), "no row of numbers"),
        (_json({"losses": [True, False]}), "entry 1"),
        (_json({"losses": [[1, 2], [3]]}), "rows of different lengths"),
        (_json({"losses": LOSSES, "ids": ["a"]}), "ids: 1 for 3"),
        (_json({"losses": LOSSES, "ids": ["a", "b", "b"]}), "'b' stands twice"),
        (_json({"losses": LOSSES, "seed": 1.5}), "seed is 1.5"),
        (_json({"losses": [LOSSES, LOSSES], "seeds": [1]}), "do not fit 1 seeds"),
        (_json([{"seed": 1, "losses": LOSSES}, {"seed": 1, "losses": LOSSES}]), "a seed stands twice"),
        (_json([{"loss": 1}, 2]), "mixes"),
        (b"loss,id\n", "no rows"),
        (b"loss,id\n1\n", "line 2 has 1 cells"),
        (b"acc,id\n1,2\n", "no column is named"),
        (b"loss\nabc\n", "'abc'"),
        (b"\x93NUMPY\x01", "cannot be read"),
        (b"PK\x03\x04abc", "cannot be read"),
        (b"\x00\x01\x02\xff\xfe", "binary"),
    ],
)
def test_what_holds_no_losses_is_refused(raw: bytes, said: str) -> None:
    """Each fault is named, with the file and what to do."""
    with pytest.raises(FormatError, match=said) as caught:
        scores_in(raw, "the file")
    assert caught.value.where == "the file"
    assert caught.value.todo


def test_pickles_are_not_opened(tmp_path: Path) -> None:
    """An array of objects would have to be unpickled."""
    path = tmp_path / "s.npy"
    np.save(path, np.array([{}, 1], dtype=object), allow_pickle=True)
    with pytest.raises(FormatError, match="cannot be read"):
        read_scores(path)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    """A path with nothing behind it, and a folder, are errors of reading."""
    for path in (tmp_path / "none.json", tmp_path, "a\0b"):
        with pytest.raises(ReadError, match="cannot be read"):
            read_scores(path)
