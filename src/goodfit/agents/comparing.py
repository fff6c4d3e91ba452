# SPDX-License-Identifier: Apache-2.0
"""The tool `compare`: what a finished comparison found, or several logs side by side. It trains nothing."""

from dataclasses import replace
from pathlib import Path

from goodfit.agents.diagnosing import MOST, overview_of
from goodfit.agents.places import inside
from goodfit.agents.tool import Answer, Argument, Arguments, Tool
from goodfit.errors import SettingsError
from goodfit.report.markdown.comparison import markdown_comparison
from goodfit.values import Comparison, Overview, loads

_BEGINNING = 200  # characters, in which a value's JSON names its type


def _compare(arguments: Arguments, root: Path) -> Answer:
    names = [each.strip() for each in arguments["paths"].split(",") if each.strip()]
    paths = [inside(root, name) for name in names]
    stored = [path for path in paths if _is_comparison(path)]
    if not stored and (len(paths) > 1 or (paths and paths[0].is_dir())):
        return overview_of(paths, root, {}, MOST)
    if len(paths) != 1 or not stored:
        raise SettingsError(
            f"{arguments['paths']!r:.200} is neither one stored comparison nor several logs",
            where="compare",
            todo="give the JSON that `goodfit compare` wrote, or a folder of logs, or logs with commas between",
        )
    found = loads(Comparison, paths[0].read_text(encoding="utf-8"))
    return Answer(value=_without_curves(found), text=markdown_comparison(found))


def _is_comparison(path: Path) -> bool:
    try:
        with path.open(encoding="utf-8") as lines:
            return '"type": "Comparison"' in lines.read(_BEGINNING)
    except (OSError, UnicodeDecodeError):
        return False


def _without_curves(found: Comparison) -> Comparison:
    """The same without the points of its curves, which no reader of the answer needs: `diagnose` judges those."""
    return replace(
        found,
        history=replace(found.history, curves={}),
        candidates=tuple(replace(each, history=None) for each in found.candidates),
    )


TOOL = Tool(
    name="compare",
    title="Remedies or runs side by side",
    what="Say what a finished `goodfit compare` proved: each remedy against early stopping alone, with intervals and why each came"
    " out so (curves are left out). Given logs or a folder of logs instead, list their findings side by side, the worst first; that"
    " proves nothing. It never trains.",
    arguments={
        "paths": Argument(
            kind="string",
            what="the JSON file of a comparison; or a folder of logs; or logs with commas between",
            needed=True,
        )
    },
    gives=(Comparison, Overview),
    answer=_compare,
)
