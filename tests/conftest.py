# SPDX-License-Identifier: Apache-2.0
"""What all tests share: the folder of given material, if it is there, and one torch thread."""

import os
import signal
import socket
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).parents[1]

# Process groups of the tests stay on this machine: no lookup of its name, which a sandbox may leave unanswered.
if "lo" in {name for _, name in socket.if_nameindex()}:
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")

# A shell's background starts programs with Ctrl-C ignored, and so would be all that the tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# No test may fail because the machine is busy; in CI the same examples are drawn each time, at the desk new ones.
settings.register_profile(
    "goodfit",
    deadline=None,
    derandomize="CI" in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("goodfit")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with logs of real tools; tests that need it are skipped without it."""
    folder = Path(os.environ.get("GOODFIT_SHARED", ROOT.parent / "shared"))
    if not (folder / "logs" / "expected.json").is_file():
        pytest.skip("the folder with real logs is not here; name it in GOODFIT_SHARED")
    return folder


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    """Tests run side by side; one torch thread each keeps them from waiting for one another."""
    import torch

    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def toy() -> str:
    """Reference of the toy task's file; add ":task" or another of its functions."""
    return str(ROOT / "tests" / "toy_task.py")
