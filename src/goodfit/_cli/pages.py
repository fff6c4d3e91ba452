# SPDX-License-Identifier: Apache-2.0
"""Writes the generated pages, or checks that those in the repository are what the code says.

python -m goodfit._cli.pages docs          # write
python -m goodfit._cli.pages --check docs  # exit 1 and name every page that differs
"""

import inspect
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

from cyclopts.argument import Argument

from goodfit import _probe_pages
from goodfit._cli import format_pages
from goodfit._cli.app import COMMANDS, app
from goodfit._cli.architectures_page import architectures_page
from goodfit._cli.outputs_page import outputs_page
from goodfit.report import write_pages
from goodfit.report.schemas import schema_pages

GENERATED = (
    "rules",
    "remedies",
    "probes",
    "schema",
    "cli.md",
    "formats.md",
    "outputs.md",
    "architectures.md",
)


def write(folder: Path) -> tuple[Path, ...]:
    """Write the rulebook, probes, formats and JSON schemas, and the pages of the command line and its outputs."""
    written = list(write_pages(folder))
    pages = {
        **_probe_pages.pages(),
        **format_pages.pages(),
        **schema_pages(),
        "cli.md": "\n".join(_command_line()),
        "outputs.md": outputs_page(),
        "architectures.md": architectures_page(),
    }
    for name, text in pages.items():
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
    """Every command with its first sentence and its options, as the parser itself knows them."""
    yield "# Command line\n\nGenerated from the code by `make docs`.\n"
    yield "Results go to stdout, progress and errors to stderr. Exit codes: 0 done, 1 a finding at or above"
    yield "`--fail-on` (diagnose, probe), 2 an error, 130 after Ctrl-C. `--debug` shows an error's traceback;"
    yield "`--show-settings` each option's value and where it comes from. The formats, and settings in pyproject.toml"
    yield "and the environment, are shown in [outputs](outputs.md).\n"
    for name in COMMANDS:
        function = getattr(import_module(f"goodfit._cli.{name}"), name)
        summary, helps = _docstring(function)
        yield f"## goodfit {name}\n\n{summary}\n"
        for argument in app[name].assemble_argument_collection():
            if argument.parse and not argument.children:
                yield f"- `{_spelled(argument)}`"
                yield f"  {argument.parameter.help or helps[argument.field_info.name]}"
        yield ""


def _docstring(function: Callable[..., object]) -> tuple[str, dict[str, str]]:
    """A command's first sentence, and what its docstring says of each parameter."""
    summary, _, rest = inspect.cleandoc(function.__doc__ or "").partition("\n")
    helps: dict[str, str] = {}
    name = ""
    for line in rest.partition("----------\n")[2].splitlines():
        if line.endswith(":") and not line.startswith(" "):
            name = line.removesuffix(":")
        elif line.strip():
            helps[name] = f"{helps.get(name, '')} {line.strip()}".strip()
    return summary, helps


def _spelled(argument: Argument) -> str:
    """What a command works on in capitals; options as they are typed, with their choices."""
    if argument.index is not None:
        return argument.name.removeprefix("--").upper()
    if argument.field_info.kind is argument.field_info.VAR_KEYWORD:
        return "--NAME VALUES"  # a name that the user makes up
    choices = argument.get_choices() if argument.parameter.show_choices is not False else ()
    return f"{argument.name} {{{','.join(choices)}}}" if choices else argument.name


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
