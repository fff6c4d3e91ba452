# SPDX-License-Identifier: Apache-2.0
"""The user's word overrules the guess: columns by name, one run of several; a wrong name is an error that helps."""

from pathlib import Path

import pytest

from goodfit.errors import FormatError, NoCurvesError, ReadError, SeveralRunsError
from goodfit.readers import read_each, read_history, read_runs
from goodfit.readers._choice import Choice
from goodfit.values import Axis, Curve, History, Split, dumps

GAN = "epoch,train_g_loss,train_d_loss,val_g_loss,val_d_loss,imgs\n0,1,2,3,4,50\n1,1.5,2.5,3.5,4.5,90\n"


@pytest.fixture
def gan(tmp_path: Path) -> Path:
    """A log with two pairs of losses."""
    path = tmp_path / "gan.csv"
    path.write_text(GAN, encoding="utf-8")
    return path


def test_two_pairs_are_shown_and_one_can_be_chosen(gan: Path) -> None:
    """Without a choice neither pair is the loss, and both are named with the option; with one, it is what was chosen."""
    guessed = read_history(gan)
    assert "val_loss" not in guessed.curves
    assert any("--val" in warning and "'val_g_loss', 'val_d_loss'" in warning for warning in guessed.warnings)
    chosen = read_history(gan, train="train_d_loss", val="VAL_D_LOSS ")
    assert chosen.train is chosen.curves["train_loss"]
    assert chosen.curves["train_loss"].values == (2.0, 2.5)
    assert chosen.val is chosen.curves["val_loss"]
    assert chosen.curves["val_loss"].values == (4.0, 4.5)


def test_any_column_can_be_the_x_axis(gan: Path) -> None:
    """X may be a column that no reader would take for a counter; its unit is then a step."""
    curve = read_history(gan, val="val_g_loss", x="imgs").curves["val_loss"]
    assert curve.x == (50.0, 90.0)
    assert curve.axis is Axis.STEP


def test_a_metric_can_be_chosen(tmp_path: Path) -> None:
    """A chosen accuracy is judged as an accuracy, and the losses give way to it."""
    path = tmp_path / "x.csv"
    path.write_text("epoch,loss,val_loss,acc,val_acc\n0,2,3,0.5,0.4\n1,1,2,0.6,0.5\n", encoding="utf-8")
    history = read_history(path, val="val_acc")
    assert history.val is history.curves["val_accuracy"]
    assert history.train is not None
    assert history.train.metric == "accuracy"


def test_names_that_no_reader_knows(tmp_path: Path) -> None:
    """Columns with names that say nothing are read when they are named, in every format."""
    texts = {
        "a.csv": "n,foo,bar\n1,2,3\n2,1,4\n",
        "b.jsonl": '{"n": 1, "foo": 2, "bar": 3}\n{"n": 2, "foo": 1, "bar": 4}\n',
        "c.json": '{"n": [1, 2], "foo": [2, 1], "bar": [3, 4]}',
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        if name != "c.json":  # a dict of lists knows foo and bar without being told; they are no losses
            with pytest.raises(NoCurvesError, match="foo"):
                read_history(tmp_path / name)
        history = read_history(tmp_path / name, train="foo", val="bar", x="n")
        assert history.curves["val_loss"].x == (1.0, 2.0)
        assert history.curves["val_loss"].values == (3.0, 4.0)
        assert history.curves["train_loss"].split is Split.TRAIN


def test_a_wrong_name_lists_those_there_are(gan: Path, tmp_path: Path) -> None:
    """No such column, and a column of text, are errors that name the columns there are."""
    with pytest.raises(NoCurvesError, match="there is no column 'val_g'") as caught:
        read_history(gan, val="val_g")
    assert "'val_g_loss'" in str(caught.value)
    (tmp_path / "w.csv").write_text("epoch,phase,val_loss\n0,x,1\n1,y,2\n", encoding="utf-8")
    with pytest.raises(NoCurvesError, match="holds text"):
        read_history(tmp_path / "w.csv", val="phase")


def test_formats_without_columns_refuse_a_choice(tmp_path: Path) -> None:
    """Goodfit's own JSON has curves and no columns: a choice is refused, and never ignored in silence."""
    own = History(curves={"val_loss": Curve.of([1.0, 2.0], split=Split.VALIDATION)})
    (tmp_path / "own.json").write_text(dumps(own), encoding="utf-8")
    assert read_history(tmp_path / "own.json").curves["val_loss"].values == (1.0, 2.0)
    with pytest.raises(FormatError, match="cannot be chosen"):
        read_history(tmp_path / "own.json", val="x")


def test_a_choice_holds_for_its_own_call_only(gan: Path) -> None:
    """Reading with a choice leaves nothing behind for the next reading, also when it fails."""
    with pytest.raises(ReadError):
        read_history(gan, val="nothing")
    assert "val_loss" not in read_history(gan).curves
    iterator = read_each([gan, gan.with_name("none.csv")], choice=Choice(val="val_g_loss"))
    next(iterator)
    assert "val_loss" not in read_history(gan).curves


def test_runs_by_name(tmp_path: Path) -> None:
    """A run is chosen by its label, its value, its folder, or a part of its name that only it has."""
    several = tmp_path / "all.csv"
    several.write_text(
        "run,seed,epoch,val_loss\n"
        + "".join(f"{r},{s},{e},{e}{s}\n" for e in (0, 1) for r in "ab" for s in (1, 2)),
        encoding="utf-8",
    )
    assert len(read_runs(several)) == 4
    assert read_history(several, run="run=a, seed=2").curves["val_loss"].values == (2.0, 12.0)
    with pytest.raises(SeveralRunsError, match="2 runs are called 'a'"):
        read_history(several, run="a")
    with pytest.raises(ReadError, match="no run is called 'zzz'") as caught:
        read_history(several, run="zzz")
    assert "run=b" in str(caught.value)
    for name in ("one", "two"):
        (tmp_path / "runs" / name).mkdir(parents=True)
        (tmp_path / "runs" / name / "log.csv").write_text(
            f"epoch,val_loss\n0,1\n1,{len(name)}\n2,{name == 'one':d}\n", encoding="utf-8"
        )
    assert "one" in str(read_history(tmp_path / "runs", run="one").source)
