# SPDX-License-Identifier: Apache-2.0
"""kill -9 of the driver at random moments: nothing finished is lost or done twice, and the end is the same."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

KILLS = 50


@pytest.mark.slow
def test_a_plan_that_is_killed_goes_on(toy: str, tmp_path: Path) -> None:
    """After every kill finished runs are untouched, none is trained again, and the table is the undisturbed one's."""
    script = Path(__file__).with_name("killed_plan.py")
    done = subprocess.run(
        [sys.executable, str(script), toy, str(tmp_path), str(KILLS)],
        capture_output=True,
        text=True,
        check=False,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(Path(toy).parent), *sys.path]),
            "OMP_NUM_THREADS": "1",
        },
    )
    assert done.returncode == 0, done.stderr
    trials = json.loads(done.stdout)
    assert len(trials) == KILLS
    assert all(each["kept"] and each["same table"] for each in trials)
    assert all(each["runs"] == 12 for each in trials)
    assert all(each["trained after"] <= 12 - each["finished before"] for each in trials)
    assert all(each["left over"] == [] for each in trials)
    stages = {each["finished before"] for each in trials}
    assert len(stages) >= 6, f"the kills came at the same few moments: {stages}"
    assert any(each["under way"] for each in trials)
