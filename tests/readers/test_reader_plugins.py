# SPDX-License-Identifier: Apache-2.0
"""Readers of other packages are found when a log is read, asked before the general ones, and cannot break reading."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from goodfit.errors import FormatError
from goodfit.readers import Log, _plugins, read_log
from goodfit.values import Curve, History, Split

TEXT = b"MYTOOL\nepoch 1 | val_loss: 0.5\nepoch 2 | val_loss: 0.4\n"
OURS = b"epoch,val_loss\n0,1\n1,2\n"


class MyReader:
    """A reader as another package would write it."""

    name = "my-tool"
    what = "the log of my tool"

    def accepts(self, log: Log) -> bool:
        """Know it by its first word."""
        return log.text.startswith("MYTOOL")

    def read(self, log: Log) -> tuple[History, ...]:
        """Read one value."""
        return (History(curves={"val_loss": Curve.of([7.0], split=Split.VALIDATION)}, source=log.source),)


class FailsWhenAsked(MyReader):
    """Raises in accepts."""

    def accepts(self, log: Log) -> bool:
        """Fail."""
        raise RuntimeError(f"no {log.source}")


class FailsWhenReading(MyReader):
    """Raises in read."""

    def read(self, log: Log) -> tuple[History, ...]:
        """Fail."""
        raise KeyError(log.source)


class GivesNothing(MyReader):
    """Gives no history."""

    def read(self, log: Log) -> tuple[History, ...]:  # noqa: ARG002 - that is its fault
        """Give nothing."""
        return ()


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Install objects as entry points of the group."""

    def installed(**targets: Any) -> None:
        points = [
            EntryPoint(name.replace("_", "-"), target, _plugins.GROUP) for name, target in targets.items()
        ]
        monkeypatch.setattr(_plugins, "_points", lambda: tuple(points))
        _plugins.plugins.cache_clear()

    yield installed
    _plugins.plugins.cache_clear()


def own(name: str) -> str:
    """The entry point's value for a class of this file."""
    module = sys.modules[__name__]
    sys.modules.setdefault("plugin_readers_under_test", module)
    return f"plugin_readers_under_test:{name}"


def test_a_plugin_reads_what_it_knows(install: Callable[..., None]) -> None:
    """It is asked before the general readers, and other logs are read as always."""
    install(my_tool=own("MyReader"))
    (history,) = read_log(Log(source="x", raw=TEXT))
    assert history.curves["val_loss"].values == (7.0,)
    assert read_log(Log(source="x", raw=OURS))[0].curves["val_loss"].values == (1.0, 2.0)


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("no_such_module_at_all:Reader", "could not be loaded (ModuleNotFoundError"),
        ("builtins:len", "is no reader"),
        (own("FailsWhenAsked"), "failed when it was asked (RuntimeError: no x)"),
    ],
)
def test_a_broken_plugin_is_named_and_passed_over(
    install: Callable[..., None], target: str, said: str
) -> None:
    """One that cannot be loaded, is no reader, or fails when asked is a warning; the log is read without it."""
    install(broken=target)
    (history,) = read_log(Log(source="x", raw=OURS))
    assert history.curves["val_loss"].values == (1.0, 2.0)
    assert any(said in warning for warning in history.warnings)


@pytest.mark.parametrize("name", ["FailsWhenReading", "GivesNothing"])
def test_a_plugin_that_fails_to_read_is_an_error_of_ours(install: Callable[..., None], name: str) -> None:
    """A plugin that claimed the log and then fails is an error that names it, and no traceback."""
    install(broken=own(name))
    with pytest.raises(FormatError, match="'my-tool'"):
        read_log(Log(source="x", raw=TEXT))


def test_plugins_are_not_looked_for_at_import() -> None:
    """Importing the readers looks for no entry points; only reading does."""
    code = "import sys, goodfit.readers; assert 'importlib.metadata' not in sys.modules, 'loaded'"
    subprocess.run([sys.executable, "-c", code], check=True)


def _site(folder: Path, metadata: str, points: str) -> Path:
    """A folder as pip leaves it, with one package in it."""
    package = folder / metadata
    package.mkdir(parents=True)
    (package / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: my-package\nVersion: 1\n", encoding="utf-8"
    )
    (package / "entry_points.txt").write_text(points, encoding="utf-8")
    (folder / "my_reader.py").write_text(
        "class Mine:\n"
        "    name, what = 'mine', 'my log'\n"
        "    def accepts(self, log): return log.text.startswith('MYTOOL')\n"
        "    def read(self, log): raise SystemExit('mine was asked')\n",
        encoding="utf-8",
    )
    return folder


@pytest.mark.parametrize("metadata", ["my_package-1.dist-info", "my_package.egg-info", "EGG-INFO"])
def test_an_installed_package_is_found(tmp_path: Path, metadata: str) -> None:
    """However it was installed, its reader is asked, in an interpreter that knows nothing of it beforehand."""
    folder = tmp_path / ("my_package-1.egg" if metadata == "EGG-INFO" else "site")
    site = _site(folder, metadata, "[goodfit.readers]\nmine = my_reader:Mine\n")
    code = (
        f"import sys; sys.path.append({str(site)!r})\n"
        "from goodfit.readers import Log, read_log; read_log(Log(source='x', raw=b'MYTOOL loss: 1'))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert "mine was asked" in done.stderr


def test_packages_without_the_group_are_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The costly look-up is made only where a package may name the group; an archive may."""
    monkeypatch.setattr(sys, "meta_path", [])
    plain = _site(tmp_path / "plain", "other-1.dist-info", "[console_scripts]\nother = my_reader:Mine\n")
    monkeypatch.setattr(sys, "path", [str(plain), str(tmp_path / "nowhere")])
    assert not _plugins._announced()
    archive = tmp_path / "packed.zip"
    archive.write_bytes(b"PK")
    monkeypatch.setattr(sys, "path", [str(plain), str(archive)])
    assert _plugins._announced()
