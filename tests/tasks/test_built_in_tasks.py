# SPDX-License-Identifier: Apache-2.0
"""The built-in tasks: found by name, clear about what is missing, and overfitting without a remedy."""

import gzip
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from given_data import write_given
from goodfit.errors import TaskError
from goodfit.tasks import BUILT_IN, find_task
from goodfit.tasks.characters import READ, SAID, CharacterLSTM, windows
from goodfit.tasks.recommender import ratings
from goodfit.tasks.text import LENGTH, SentenceBag, SentenceLSTM, sentences
from goodfit.training import Settings, Task, as_source, draw, load_task, prepare, train
from goodfit.training.losses import per_example

FROM_FILES = ["fashion", "text-lstm", "text-bag", "char-lstm", "recommender-mlp", "recommender-mf"]


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of tiny data, named by GOODFIT_DATA."""
    monkeypatch.setenv("GOODFIT_DATA", str(tmp_path))
    return write_given(tmp_path)


def _built(name: str) -> Task:
    reference = find_task(name).reference
    assert reference is not None
    return load_task(reference)


def _small(task: Task) -> Task:
    """Sized for the tiny files."""
    return replace(task, train_size=150, validation_size=100, batch_size=16, epochs=12)


@pytest.mark.parametrize("name", FROM_FILES)
def test_a_task_of_given_files_trains_and_overfits(name: str, given: Path) -> None:
    """It learns, its training loss ends lower than at the best epoch, and validation does not follow."""
    assert given.is_dir()
    task = _small(_built(name))
    prepared = prepare(as_source(task))
    run = train(prepared.task, prepared.pool, Settings(seed=0)).run
    fitted = run.history.curves["train_loss_eval"].values
    validation = run.history.curves["val_loss"].values
    assert task.name == name
    assert fitted[-1] < 0.8 * fitted[0]
    assert validation[-1] > 1.1 * fitted[-1]


@pytest.mark.parametrize("name", FROM_FILES)
def test_what_is_missing_is_said(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the variable, the folder or the file the error names which, and how to get the data."""
    monkeypatch.delenv("GOODFIT_DATA", raising=False)
    with pytest.raises(TaskError, match="GOODFIT_DATA is not set") as unset:
        _built(name)
    assert "export GOODFIT_DATA=" in str(unset.value)
    monkeypatch.setenv("GOODFIT_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(TaskError, match="names no folder"):
        _built(name)
    monkeypatch.setenv("GOODFIT_DATA", str(tmp_path))
    with pytest.raises(TaskError, match="has no ") as absent:
        _built(name)
    assert absent.value.todo is not None
    assert "get " in absent.value.todo


@pytest.mark.parametrize("name", FROM_FILES)
def test_a_broken_file_is_named(name: str, given: Path) -> None:
    """Cut short, empty or of another form: an error with the file's name, no traceback of a reader."""
    for path in given.glob("*/*"):
        path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(TaskError, match="cannot be read"):
        _built(name)
    for path in given.glob("*/*"):
        path.write_bytes(b"")
    with pytest.raises(TaskError, match=r"cannot be read|holds (no|0 characters)"):
        _built(name)


def test_other_columns_are_refused(given: Path) -> None:
    """A table of sentences with another heading and columns is not read as something else."""
    with gzip.open(given / "mr_polarity" / "mr_polarity.tsv.gz", "wt", encoding="utf-8") as lines:
        lines.write("text\tlabel\nnice film\tgood\n")
    with pytest.raises(TaskError, match="cannot be read"):
        _built("text-bag")


def test_sentences_are_numbers_of_words(given: Path) -> None:
    """The same word has the same number, 0 is no word's, and what is filled up changes no answer."""
    assert given.is_dir()
    x, y = sentences()
    assert x.shape == (600, LENGTH)
    assert set(y.tolist()) == {0, 1}
    assert bool((x[:, :8] > 0).all())
    assert bool((x[:, 8:] == 0).all())
    for kind in (SentenceBag, SentenceLSTM):
        model = kind().eval()
        with torch.no_grad():
            torch.testing.assert_close(model(x[:4, :8]), model(x[:4]))


def test_windows_say_every_character_once_and_overlap_within_their_stretch(given: Path) -> None:
    """What is to be said follows what is read, the windows of a stretch say all of it, and stretches share nothing."""
    assert given.is_dir()
    x, y, stretch = windows()
    assert x.shape == (len(stretch), READ)
    assert y.shape == (len(stretch), SAID)
    assert torch.equal(x[:, READ - SAID + 1 :], y[:, :-1])
    for one, following in zip(range(len(stretch) - 1), range(1, len(stretch)), strict=True):
        if stretch[one] == stretch[following]:
            assert torch.equal(x[following, : READ - SAID], x[one, SAID:])
            assert torch.equal(x[following, READ - SAID], y[one, -1])


def test_no_stretch_is_divided(given: Path) -> None:
    """Training, validation and test sets share no stretch, so no window of one overlaps a window of another."""
    assert given.is_dir()
    task = _small(_built("char-lstm"))
    prepared = prepare(as_source(task))
    assert task.groups is not None
    drawn = draw(task, prepared.pool, seed=3)
    parts = [
        {task.groups[i] for i in rows} for rows in (drawn.train, drawn.validation, prepared.holdout.indices)
    ]
    assert all(parts)
    assert not parts[0] & parts[1]
    assert not parts[2] & (parts[0] | parts[1])


def test_a_loss_of_a_window_is_the_mean_over_its_characters(given: Path) -> None:
    """So is its accuracy; and the model starts every window afresh."""
    assert given.is_dir()
    x, y, _ = windows()
    task = _built("char-lstm")
    torch.manual_seed(0)
    model = CharacterLSTM(1 + int(x.max()), 8).eval()
    with torch.no_grad():
        outputs = model(x[:3])
        alone = model(x[2:3])
    torch.testing.assert_close(outputs[2:3], alone)
    losses, weights = per_example(task.loss)(outputs, y[:3])
    by_hand = [float(task.loss(outputs[i : i + 1], y[i : i + 1])) for i in range(3)]
    assert (losses / weights).tolist() == pytest.approx(by_hand, rel=1e-5)
    assert task.metric is not None
    right = (outputs.argmax(dim=1) == y[:3]).float()
    assert task.metric.score(outputs, y[:3]).tolist() == pytest.approx(right.mean(dim=1).tolist())


def test_a_short_text_is_refused(given: Path) -> None:
    """Fewer characters than three stretches: the error says how many there are and how many are needed."""
    with gzip.open(given / "tinyshakespeare" / "input.txt.gz", "wt", encoding="utf-8") as file:
        file.write("To be, or not to be")
    with pytest.raises(TaskError, match="holds 19 characters"):
        _built("char-lstm")


def test_ratings_keep_their_people_apart_in_the_proof(given: Path) -> None:
    """People and films are numbered without gaps, no pair is in two sets, and test examples are grouped by person."""
    assert given.is_dir()
    x, y = ratings()
    assert x.min() == 0
    assert [len(np.unique(column)) for column in x.T.numpy()] == [int(n) + 1 for n in x.max(dim=0).values]
    task = _built("recommender-mlp")
    train_x, test_x = task.train[0], task.test[0]  # type: ignore[index]
    pairs = {tuple(pair) for pair in train_x.tolist()}, {tuple(pair) for pair in test_x.tolist()}
    assert not pairs[0] & pairs[1]
    assert len(pairs[0]) + len(pairs[1]) == len(y)
    groups = prepare(as_source(_small(task))).holdout.groups
    assert groups is not None
    assert len(np.unique(groups)) == 40


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_built_in_names_a_function(name: str) -> None:
    """The reference names a module and a function that are there."""
    module, _, function = BUILT_IN[name].partition(":")
    assert callable(getattr(__import__(module, fromlist=[function]), function))
