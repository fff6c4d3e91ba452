# SPDX-License-Identifier: Apache-2.0
"""Writes the generated pages, or checks that those in the repository are what the code says.

python -m goodfit._cli.pages docs          # write
python -m goodfit._cli.pages --check docs  # exit 1 and name every page that differs
"""

import sys
from collections.abc import Iterator
from importlib import import_module
from inspect import signature
from pathlib import Path
from tempfile import TemporaryDirectory

from goodfit._cli import format_pages, probe_pages
from goodfit._cli.app import COMMANDS
from goodfit._cli.inputs import Choosing
from goodfit.report import write_pages

GENERATED = ("rules", "remedies", "probes", "cli.md", "formats.md")


def write(folder: Path) -> tuple[Path, ...]:
    """Write the rulebook, the remedies, the probes, the formats and the command line's page below `folder`."""
    written = list(write_pages(folder))
    for name, text in {
        **probe_pages.pages(),
        **format_pages.pages(),
        "cli.md": "\n".join(_command_line()),
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
        written.append(folder / name)
    return tuple(written)


def differences(folder: Path) -> list[str]:
    """Names of pages that are missing, left over, or not what the code says."""
    with TemporaryDirectory() as fresh:
        write(Path(fresh))
        made, kept = _contents(Path(fresh)), _contents(folder)
    return sorted(name for name in made.keys() | kept.keys() if made.get(name) != kept.get(name))


def _contents(folder: Path) -> dict[str, bytes]:
    roots = [folder / name for name in GENERATED]
    files = [
        p for root in roots for p in ([root] if root.is_file() else sorted(root.rglob("*"))) if p.is_file()
    ]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def _command_line() -> Iterator[str]:
    """Every command with its first sentence and its options, from the functions' own docstrings."""
    yield "# Command line\n\nGenerated from the code by `make docs`.\n"
    yield "Results go to stdout, progress and errors to stderr. Exit codes: 0 done, 1 a finding at or above"
    yield "`--fail-on` (diagnose, probe), 2 an error, 130 after Ctrl-C. `--debug` shows an error's traceback.\n"
    for name in COMMANDS:
        function = getattr(import_module(f"goodfit._cli.{name}"), name)
        summary, _, rest = (function.__doc__ or "").strip().partition("\n")
        yield f"## goodfit {name}\n\n{summary}\n"
        parameters = rest.partition("----------")[2].splitlines()
        for line in (line.removeprefix("    ") for line in parameters if line.strip()):
            yield f"- `{_spelled(name, line.strip(': '))}`" if line.endswith(":") else f"  {line.strip()}"
        if "choosing" in signature(function).parameters:
            yield from _choosing()
        yield ""


def _choosing() -> Iterator[str]:
    """The options that overrule the guess, which several commands share."""
    for line in (Choosing.__doc__ or "").partition("----------")[2].splitlines():
        if line.strip():
            yield f"- `--{line.strip(': ')}`" if line.endswith(":") else f"  {line.strip()}"


def _spelled(command: str, parameter: str) -> str:
    positional = {"file", "name", "task"} - ({"task"} if command == "prescribe" else set())
    return parameter.upper() if parameter in positional else f"--{parameter.replace('_', '-')}"


def main(arguments: list[str]) -> int:
    """Write or check the pages; the exit code says whether they are right."""
    folder = Path(arguments[-1])
    if "--check" not in arguments:
        written = write(folder)
        print(f"{len(written)} pages in {folder}")
        return 0
    wrong = differences(folder)
    for name in wrong:
        print(f"{folder / name} is not what the code says; run `make docs`", file=sys.stderr)
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
