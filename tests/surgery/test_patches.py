# SPDX-License-Identifier: Apache-2.0
"""The patch of a user's source builds the model that treat_ makes, and leaves its checkpoints as they are."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch
from torch import Tensor, nn

from goodfit.surgery import plan, treat
from goodfit.surgery.patches import Patch, suggest
from goodfit.values import Dose, Prescription, Treatment

RAISE = Prescription(remedy="raise-dropout", dose=Dose(value=0.4, low=0.2, high=0.6))
HEAD = "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n\n\n"
NET = (
    HEAD
    + """class Net(nn.Module):
    def __init__(self, width=12):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3)  # größer wäre besser
        self.fc1 = nn.Linear(36, width)
        self.drop = nn.Dropout(p=0.1)
        self.classifier = nn.Sequential(
            nn.Linear(width, 10), nn.ReLU(),
            nn.Dropout(),
            nn.Linear(10, 8),
            nn.Tanh(),
            nn.Linear(8, 3),
        )

    def forward(self, x):
        x = torch.flatten(F.max_pool2d(F.relu(self.conv(x)), 2), 1)
        x = self.fc1(self.drop(x))
        return self.classifier(F.relu(x))
"""
)


def _module(folder: Path, text: str, name: str = "users_net") -> ModuleType:
    """A file of a user's, imported."""
    path = folder / f"{name}.py"
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _images() -> Tensor:
    return torch.randn(5, 1, 8, 8, generator=torch.Generator().manual_seed(0))


def _run(model: nn.Module, x: Tensor, *, train: bool) -> Tensor:
    torch.manual_seed(3)
    out: Tensor = model.train(train)(x)
    return out


def _suggested(module: ModuleType, dose: float = 0.6) -> tuple[nn.Module, Treatment, Patch]:
    model: nn.Module = module.Net()
    treatment = plan(model, RAISE, dose=dose, example=_images())
    return model, treatment, suggest(model, treatment)


def test_the_patched_class_is_the_treated_model(tmp_path: Path) -> None:
    """Every place is found; the new class loads the old checkpoint strictly and gives the treated model's numbers."""
    model, treatment, patch = _suggested(_module(tmp_path, NET))
    assert not patch.by_hand
    assert len(treatment.edits) == 4
    (text,) = patch.files.values()
    other = _module(tmp_path, text, "users_net_patched").Net()
    other.load_state_dict(model.state_dict(), strict=True)
    treated = treat(model, treatment)
    for train in (False, True):
        assert torch.equal(_run(other, _images(), train=train), _run(treated, _images(), train=train))
    assert not torch.equal(_run(model, _images(), train=True), _run(treated, _images(), train=True))


def test_git_applies_the_diff(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`git apply` takes the diff, and the file is then the new text."""
    monkeypatch.chdir(tmp_path)
    _, _, patch = _suggested(_module(tmp_path, NET))
    (tmp_path / "p.diff").write_text(patch.diff, encoding="utf-8")
    subprocess.run(["git", "apply", "p.diff"], check=True, cwd=tmp_path)  # noqa: S607 - whichever git there is
    assert (tmp_path / "users_net.py").read_text(encoding="utf-8") == next(iter(patch.files.values()))


def test_nothing_is_written(tmp_path: Path) -> None:
    """Suggesting leaves the file as it is."""
    module = _module(tmp_path, NET)
    _suggested(module)
    assert (tmp_path / "users_net.py").read_text(encoding="utf-8") == NET


@pytest.mark.parametrize(
    ("old", "new", "because"),
    [
        ("nn.Dropout(p=0.1)", "nn.Dropout(p=0.05 * 2)", "given as 0.05 * 2"),
        ("nn.Dropout(p=0.1)", "nn.Dropout(**{'p': 0.1})", "plain arguments"),
        (
            "self.drop = nn.Dropout(p=0.1)",
            "self.drop = nn.Dropout(p=0.1)\n        self.drop = nn.Dropout(p=0.1)",
            "written 2 times",
        ),
    ],
)
def test_what_is_not_certain_is_left_to_the_user(tmp_path: Path, old: str, new: str, because: str) -> None:
    """A rate that is computed, hidden or written twice is not patched, and the reason is said; the others are."""
    _, treatment, patch = _suggested(_module(tmp_path, NET.replace(old, new)))
    ((path, said),) = [(skip.path, skip.because) for skip in patch.by_hand]
    assert path == "drop"
    assert because in said
    assert patch.diff.count("Dropout(0.6)") + 1 == len(treatment.edits)


def test_a_call_with_a_named_input_is_left_to_the_user(tmp_path: Path) -> None:
    """A layer that is called by keyword is not rewritten."""
    text = NET.replace("self.fc1(self.drop(x))", "self.fc1(input=x)")
    _, _, patch = _suggested(_module(tmp_path, text))
    assert [(skip.path, skip.because) for skip in patch.by_hand] == [
        ("fc1", "self.fc1 is not called with a plain first argument")
    ]


def test_a_sequence_is_looked_for_in_the_function_that_made_it(tmp_path: Path) -> None:
    """An nn.Sequential alone is patched where its function writes it out, and nowhere when that is not known."""
    text = HEAD + "def make():\n    return nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 2))\n"
    module = _module(tmp_path, text)
    model = module.make()
    treatment = plan(model, RAISE)
    patch = suggest(model, treatment, module.make)
    assert "nn.Sequential(nn.ReLU(), nn.Dropout(0.4))" in patch.diff
    (new,) = patch.files.values()
    other = _module(tmp_path, new, "users_sequence").make()
    other.load_state_dict(model.state_dict(), strict=True)
    assert suggest(model, treatment).diff == ""
    assert suggest(model, treatment).by_hand[0].because == "its class belongs to an installed package"


def test_two_equal_sequences_are_left_to_the_user(tmp_path: Path) -> None:
    """Where two sequences look alike, neither is guessed."""
    one = "nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 6))"
    module = _module(tmp_path, HEAD + f"def make():\n    other = {one}\n    return {one}\n")
    model = module.make()
    patch = suggest(model, plan(model, RAISE), module.make)
    assert patch.diff == ""
    assert "written 2 times" in patch.by_hand[0].because


def test_other_spellings_of_torch_nn(tmp_path: Path) -> None:
    """The new layer is spelled as the file spells torch.nn."""
    for imported, spelled in (("from torch import nn as layers", "layers"), ("import torch", "torch.nn")):
        text = f"{imported}\n\n\ndef make():\n    return {spelled}.Sequential({spelled}.Linear(6, 5), {spelled}.ReLU(), {spelled}.Linear(5, 2))\n"
        module = _module(tmp_path, text, f"spelled_{len(spelled)}")
        model = module.make()
        patch = suggest(model, plan(model, RAISE), module.make)
        assert f"{spelled}.Sequential({spelled}.ReLU(), {spelled}.Dropout(0.4))" in patch.diff
