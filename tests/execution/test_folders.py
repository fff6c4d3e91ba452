# SPDX-License-Identifier: Apache-2.0
"""A store at an address holds what a folder does, and says what is missing for it."""

import sys
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
import torch

from goodfit.errors import MissingExtraError, SettingsError, StoreError
from goodfit.execution import (
    Folder,
    Job,
    RunStore,
    carry_out,
    folder_at,
    fresh_store,
    ledger_of,
    note_task,
    write_whole,
)
from goodfit.execution.folders import Remote
from goodfit.training import Settings, TaskSource, interrupted
from goodfit.trials import prove
from toy_task import decayed

fsspec = pytest.importorskip("fsspec", reason="fsspec is an extra of its own")


@pytest.fixture(params=["folder", "memory", "file"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Folder:
    """A store of each kind."""
    names = {
        "folder": str(tmp_path),
        "memory": f"memory://store-{uuid4().hex}/",
        "file": f"file://{tmp_path}",
    }
    return folder_at(names[request.param])


def _job(toy: str, place: Folder, **changes: object) -> Job:
    return Job(TaskSource(f"{toy}:task"), replace(Settings(seed=0, max_epochs=3), **changes), place)  # type: ignore[arg-type]


def test_an_address_is_told_from_a_folder(tmp_path: Path) -> None:
    """file:// is a folder of this machine, a path stays one, and anything else is left to fsspec."""
    assert folder_at(f"file://{tmp_path}") == tmp_path
    assert folder_at(".goodfit") == Path(".goodfit")
    remote = folder_at("memory://a/b/")
    assert isinstance(remote, Remote)
    assert (str(remote / "c"), (remote / "c").name, remote.parent.url) == (
        "memory://a/b/c",
        "c",
        "memory://a",
    )


def test_a_run_is_kept_and_found(toy: str, place: Folder) -> None:
    """Trained once, found by the next call with its weights, counted for its task."""
    first = carry_out(_job(toy, place))
    trained: list[int] = []
    again = carry_out(_job(toy, place), lambda *heard: trained.append(heard[0]))
    assert trained == []
    assert again.run == first.run
    assert all(torch.equal(again.weights()[name], weight) for name, weight in first.weights().items())
    assert again.last_weights() is not None
    store = RunStore(place)
    mark = (first.folder / "task.txt").read_bytes().decode().strip()
    assert (store.count(), store.count(mark), store.count("another")) == (1, 1, 0)


def test_run_json_is_the_last_to_appear(toy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """At an address a run that was written only in part is none; the next one takes its place."""
    place = folder_at(f"memory://store-{uuid4().hex}")
    written: list[str] = []

    def note(self: Remote, content: bytes) -> None:
        written.append(self.name)
        if self.name == "run.json" and len(written) < 5:
            raise OSError("the line was cut")
        put(self, content)

    put = Remote.write_bytes
    monkeypatch.setattr(Remote, "write_bytes", note)
    with pytest.raises(StoreError, match="line was cut"):
        carry_out(_job(toy, place))
    assert RunStore(place).count() == 0
    carry_out(_job(toy, place))
    assert written[-1] == "run.json"
    assert RunStore(place).count() == 1


def test_a_proof_at_an_address(toy: str) -> None:
    """Looks at the test set are counted there too: the same comparison once, another one more."""
    place = f"memory://store-{uuid4().hex}"
    treatment = Settings(seed=0, treatment=decayed(0.3), max_epochs=2)
    first = prove(f"{toy}:task", treatment, seeds=1, store=place)
    assert prove(f"{toy}:task", treatment, seeds=1, store=place).verdict == first.verdict
    assert first.verdict.holdout_reads == 1
    assert prove(f"{toy}:task", treatment, seeds=2, store=place).verdict.holdout_reads == 2
    assert str(first.checkpoint).startswith(place)


def test_an_unfinished_training_is_gone_on_with(
    toy: str, place: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was under way is found again, ends as if never interrupted, and leaves no file."""
    monkeypatch.setattr(interrupted, "EVERY", 0.0)
    monkeypatch.setattr(interrupted, "SHARE", 0)
    whole = carry_out(_job(toy, fresh_store(place)))

    def fail(epoch: int, *_: object) -> None:
        if epoch == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        carry_out(_job(toy, place), fail)
    assert [each.name for each in (place / "unfinished").glob("*.pt")] == [f"{whole.folder.name}.pt"]
    heard: list[int] = []
    rest = carry_out(_job(toy, place), lambda epoch, *_: heard.append(epoch))
    assert heard == [3]
    assert replace(rest.run, seconds=0) == replace(whole.run, seconds=0)
    assert list((place / "unfinished").glob("*.pt")) == []


def test_training_afresh_deletes_nothing(toy: str, place: Folder) -> None:
    """A fresh store finds no run, keeps its own, shares the ledger, and the old runs stay."""
    carry_out(_job(toy, place))
    fresh = fresh_store(place)
    trained: list[int] = []
    carry_out(_job(toy, fresh), lambda *heard: trained.append(heard[0]))
    assert trained == [1, 2, 3]
    assert (RunStore(place).count(), RunStore(fresh).count()) == (1, 1)
    ledger_of(fresh).declare("abc", None, "loss")
    ledger_of(fresh).record("abc", "a look")
    assert ledger_of(place).reads("abc") == 1


def test_a_changed_task_is_told(toy: str, place: Folder) -> None:
    """The first time nothing is said, nor for the same task; for another one its runs are counted."""
    mark = (carry_out(_job(toy, place)).folder / "task.txt").read_bytes().decode().strip()
    assert note_task(place, "toy", mark) is None
    assert note_task(place, "toy", mark) is None
    assert note_task(place, "another", "x") is None
    told = note_task(place, "toy", "changed")
    assert told is not None
    assert "toy changed since" in told
    assert "its 1 finished run belongs to another task and is not used" in told
    back = note_task(place, "toy", mark)
    assert back is not None
    assert "1 of this one are" in back


def test_a_file_is_written_whole(place: Folder) -> None:
    """What is there is replaced at once; nothing else is left beside it."""
    write_whole(b"first", place / "a" / "b.txt")
    write_whole(b"second", place / "a" / "b.txt")
    assert (place / "a" / "b.txt").read_bytes() == b"second"
    assert [each.name for each in (place / "a").glob("*")] == ["b.txt"]
    (place / "a" / "b.txt").unlink()
    (place / "a" / "b.txt").unlink(missing_ok=True)
    assert not (place / "a" / "b.txt").is_file()


def test_what_is_missing_for_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown kind of address, and fsspec that is not installed, are told before anything is trained."""
    with pytest.raises(SettingsError, match="no store can be at this address"):
        folder_at("nonsense://bucket/store")
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(MissingExtraError, match="needs fsspec") as caught:
        folder_at("s3://bucket/store")
    assert "goodfit[fsspec]" in (caught.value.todo or "")
