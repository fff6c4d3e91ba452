# SPDX-License-Identifier: Apache-2.0
"""What a training under way leaves in the store is gone when it has ended, also after kills at the worst moments."""

from pathlib import Path

from goodfit.execution import Job, RunStore, carry_out
from goodfit.training import Settings, TaskSource, prepare
from toy_task import task


def test_what_a_kill_left_is_cleared(tmp_path: Path) -> None:
    """A half-written piece goes with the end of its training; a checkpoint of a finished one goes when it is asked for."""
    source, settings = TaskSource(task=task(epochs=2)), Settings(seed=1)
    fingerprint = prepare(source).fingerprint
    job = Job(source, settings, tmp_path, fingerprint)
    place = RunStore(tmp_path).unfinished(fingerprint, settings)
    place.write(b"")
    piece, of_another = (tmp_path / "unfinished" / f".{name}.pt-abc" for name in (place.mark, "another"))
    for each in (piece, of_another):
        each.write_bytes(b"half")
    first = carry_out(job)
    assert list((tmp_path / "unfinished").iterdir()) == [of_another]
    place.write(b"killed between the run and this")
    assert carry_out(job).run == first.run
    assert list((tmp_path / "unfinished").iterdir()) == [of_another]
