# SPDX-License-Identifier: Apache-2.0
r"""What a terminal would show of a printed log, as lines: colours gone, and each redrawing a line of its own.

    "\x1b[1m1/5\x1b[0m - loss: 2.4\b\b\b\b\r5/5 - loss: 2.3\n"   ->   ["1/5 - loss: 2.4", "5/5 - loss: 2.3"]

Progress bars write over themselves by carriage returns and backspaces; the last state of an epoch is
the one that counts, which is left to the readers.
"""

import re

_COLOURS = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_REDRAWN = re.compile(r"\r\n|\n|\r|\x08+|\x0c|\x0b")


def shown_lines(text: str) -> list[str]:
    """The lines that were shown at any time; empty ones stay, they end a paragraph."""
    if "\x1b" in text:
        text = _COLOURS.sub("", text)
    if "\x08" in text:
        text = re.sub(r"\x08+\r?", "\r", text)
    if "\r" in text:
        text = text.replace("\r\n", "\n")
        return [part for line in text.split("\n") for part in _states(line)]
    return text.split("\n")


def _states(line: str) -> list[str]:
    return [part for part in _REDRAWN.split(line) if part] or [""]
