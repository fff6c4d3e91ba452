# SPDX-License-Identifier: Apache-2.0
"""What may be loaded when: `import goodfit` and `goodfit diagnose` stay light."""

import subprocess
import sys
from pathlib import Path

HEAVY = ("torch", "scipy", "pandas", "matplotlib", "sklearn", "jinja2")
COUNT = f"import sys; print([name for name in {HEAVY!r} if name in sys.modules])"


def _loaded(program: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()[-1]


def test_import_goodfit_is_light() -> None:
    """No torch, scipy, pandas or matplotlib, and not even numpy."""
    assert _loaded(f"import goodfit; {COUNT}") == "[]"
    assert _loaded("import goodfit, sys; print('numpy' in sys.modules)") == "False"


def test_diagnose_from_the_shell_is_light(tmp_path: Path) -> None:
    """Diagnosing a file loads nothing that only training, proving or drawing needs."""
    log = tmp_path / "log.csv"
    rows = [f"{i},{2 / (i + 1):.4f},{1 / (i + 1) + 0.002 * i:.4f}" for i in range(1000)]
    log.write_text("epoch,train_loss,val_loss\n" + "\n".join(rows), encoding="utf-8")
    program = f"import sys; from goodfit._cli import run; run(['diagnose', sys.argv[1]]); {COUNT}"
    assert _loaded(program, str(log)) == "[]"


def test_no_cuda_build_of_torchvision_comes_along() -> None:
    """A torchvision from a registry breaks Lightning and transformers beside a CPU torch: it stays out."""
    assert _loaded("import importlib.util as u; print(u.find_spec('torchvision'))") == "None"
