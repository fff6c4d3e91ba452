# SPDX-License-Identifier: Apache-2.0
"""Where results go: the terminal, a pipe, or a file; progress goes to stderr."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter
from rich.console import Console

from goodfit._cli.files import check_file, write_file

Format = Literal["text", "json", "jsonl", "markdown"]
FindingsFormat = Literal["text", "json", "jsonl", "markdown", "github", "sarif", "junit"]
PIPE_WIDTH = 80  # columns of prose where there is no window; COLUMNS says otherwise

OutputFile = Annotated[
    Path | None,
    Parameter(
        help="Write the result to this file, whole or not at all, instead of stdout. A file that goodfit wrote in a "
        "marked format (all but text and github) is replaced; any other is left alone."
    ),
]
Force = Annotated[
    bool,
    Parameter(
        negative=(), help="Let --output-file replace a file of any origin; never the log that is read."
    ),
]


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """How a result is written, and where to."""

    output_format: Annotated[Format, Parameter(help="Text for people, JSON, JSON Lines, or Markdown.")] = (
        "text"
    )
    output_file: OutputFile = None
    force: Force = False


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class FindingsOutput:
    """The same for verbs that report findings, which other programs read as well."""

    output_format: Annotated[
        FindingsFormat,
        Parameter(
            help="Text for people, JSON, JSON Lines (an object a line), Markdown, GitHub's workflow commands, "
            "SARIF 2.1.0, or JUnit XML."
        ),
    ] = "text"
    output_file: OutputFile = None
    force: Force = False


def stdout() -> Console:
    """The console for results; it drops colour when stdout is no terminal or NO_COLOR is set.

    Names and paths are printed as they are: square brackets are not markup. A pipe has no window, so its width is not
    that of the window that the command was typed in.
    """
    return _plain(Console(highlight=False, emoji=False, markup=False))


def stderr() -> Console:
    """The console for progress; like `stdout`, without markup."""
    return Console(stderr=True, highlight=False, emoji=False, markup=False)


def unbroken(console: Console) -> bool:
    """Whether a table's lines stay whole: nobody's window breaks them, and programs read line by line."""
    return not console.is_terminal and "COLUMNS" not in os.environ


def check_output(output: Output | FindingsOutput, *inputs: Path) -> None:
    """Refuse before anything is computed what could not be written afterwards.

    Raises:
        SettingsError: the output file is a folder, an input, somebody else's, or cannot be written.
    """
    if output.output_file is not None:
        check_file(output.output_file, force=output.force, inputs=inputs)


@contextmanager
def opened(output: Output | FindingsOutput, *inputs: Path) -> Iterator[Console]:
    """A console on stdout, or on the output file, which is written when all went well.

    Raises:
        SettingsError: as `check_output`.
    """
    if output.output_file is None:
        yield stdout()
        return
    check_output(output, *inputs)
    text = StringIO()
    yield _plain(Console(file=text, highlight=False, emoji=False, markup=False, force_terminal=False))
    write_file(text.getvalue(), output.output_file, force=output.force)


def put(console: Console, text: str) -> None:
    """Write finished text as it is, neither wrapped nor coloured."""
    console.file.write(text if text.endswith("\n") else f"{text}\n")


def beside(path: Path) -> str:
    """A path as one gives it from the working directory; outside of it, whole."""
    whole = Path(os.path.abspath(path))  # noqa: PTH100 - links are to be kept as they are named
    try:
        return whole.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return str(whole)


def _plain(console: Console) -> Console:
    if unbroken(console):
        console.width = PIPE_WIDTH
    return console
