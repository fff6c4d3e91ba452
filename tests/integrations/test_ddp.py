# SPDX-License-Identifier: Apache-2.0
"""Data-parallel training: two gloo processes have one verdict, the same rates and the same weights."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import goodfit
from goodfit.testing._group_of_one import group_of_one

SCRIPT = Path(__file__).parent / "ddp_training.py"
PATIENCE = 150  # seconds for both; a hang is ended


def test_two_processes_have_one_verdict(tmp_path: Path) -> None:
    """Everything that was decided is the same on both, though their validation losses differ."""
    with group_of_one():  # skips where no process group can start
        pass
    environment = os.environ | {
        "GLOO_SOCKET_IFNAME": "lo",
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": str(Path(goodfit.__file__).parents[1]),
    }
    command = [sys.executable, str(SCRIPT)]
    processes = [
        subprocess.Popen(
            [*command, str(rank), str(tmp_path)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    try:
        outcomes = [process.communicate(timeout=PATIENCE) for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.communicate()
    assert [process.returncode for process in processes] == [0, 0], outcomes
    first, second = (_found(out) for out, _ in outcomes)
    assert first == second
    assert first["stop"]["ended"]
    assert len(first["stop"]["history"]["val_loss"]) < 30
    assert first["adapt"]["rate"] >= 0.1
    assert max(first["adapt"]["rates"].values()) == pytest.approx(first["adapt"]["rate"])
    said = ["goodfit, epoch" in err for _, err in outcomes]
    assert said == [True, False]


def _found(out: str) -> dict[str, Any]:
    (line,) = [line for line in out.splitlines() if line.startswith("found: ")]
    found: dict[str, Any] = json.loads(line.removeprefix("found: "))
    return found
