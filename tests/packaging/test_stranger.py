# SPDX-License-Identifier: Apache-2.0
"""A stranger who trains with Lightning gets what the README promises, from an empty environment."""

from pathlib import Path

import pytest
from fresh import empty_environment, install, own_constraints
from stranger import walked


@pytest.mark.slow
def test_every_command_of_the_readme_keeps_its_promise(tmp_path: Path) -> None:
    """Each exits and prints as it should, and the two lines say what is wrong while the training goes on."""
    python = empty_environment(tmp_path / "environment")
    install(python, "lightning", "scikit-learn", constraints=own_constraints())
    steps = list(walked(tmp_path, python))
    assert len(steps) >= 9
    assert [step for step in steps if not step.kept] == []
