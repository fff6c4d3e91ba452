# SPDX-License-Identifier: Apache-2.0
"""The tool `diagnose`: what is wrong in a log, or in every log of a folder."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from goodfit.agents.places import inside, name_of
from goodfit.agents.tool import Answer, Argument, Arguments, Tool
from goodfit.errors import ReadError, SettingsError
from goodfit.measures import phases
from goodfit.readers import Choice, read_each, read_history
from goodfit.report.markdown.runs import markdown_runs
from goodfit.report.markdown.story import markdown_diagnosis
from goodfit.report.overview import ordered_runs, run_line, run_overview
from goodfit.rules import diagnose_many
from goodfit.values import Diagnosis, History, Overview, UnreadFile

MOST = 20  # runs in one answer, unless asked for: an answer must fit into what a model reads
Judged = tuple[str, History, tuple[Diagnosis, ...]]


def _diagnose(arguments: Arguments, root: Path) -> Answer:
    path = inside(root, arguments["path"])
    most = arguments.get("most", MOST)
    if most < 1:
        raise SettingsError(f"'most' is {most}", where="diagnose", todo="give 1 or more")
    return overview_of([path], root, arguments, most)


def overview_of(paths: list[Path], root: Path, arguments: Arguments, most: int) -> Answer:
    """Every run of the logs, the worst first; of more than `most` the others are counted.

    Raises:
        ReadError: nothing can be read.
    """
    unread: list[UnreadFile] = []
    histories = list(_histories(paths, root, arguments, unread))
    judged = [
        (history.source or "", history, found)
        for history, (_, found) in zip(histories, diagnose_many(histories), strict=True)
    ]
    if not judged:
        told = "; ".join(f"{each.path}: {each.reason}" for each in unread[:3])
        raise ReadError(
            f"no run could be read: {told or 'nothing in it is a log'}",
            where=", ".join(name_of(path, root) for path in paths),
            todo="name a log file, or a folder that holds some",
        )
    runs = ordered_runs(run_overview(*each) for each in judged)
    value = Overview(runs=runs[:most], unread=tuple(unread[:most]))
    return Answer(value=value, text=_text(judged, unread, len(runs) - most))


def _histories(
    paths: list[Path], root: Path, arguments: Arguments, unread: list[UnreadFile]
) -> Iterator[History]:
    """Each run, called by its path from the root; what cannot be read is kept in `unread`."""
    home = f"{root.resolve()}/"
    train, val, x = (arguments.get(name) for name in ("train", "val", "x"))
    if "run" in arguments:
        found = read_history(tuple(paths), run=arguments["run"], train=train, val=val, x=x)
        yield replace(found, source=(found.source or "").replace(home, ""))
        return
    for path, runs in read_each(tuple(paths), choice=Choice(train=train, val=val, x=x)):
        if isinstance(runs, ReadError):
            unread.append(UnreadFile(path=name_of(path, root), reason=runs.found))
            continue
        for history in runs:
            yield replace(history, source=(history.source or str(path)).replace(home, ""))


def _text(judged: list[Judged], unread: list[UnreadFile], more: int) -> str:
    if len(judged) == 1 and not unread:
        _, history, found = judged[0]
        return markdown_diagnosis(history, found, phases(history))
    lines = [run_line(*each, all_findings=True) for each in judged]
    rest = f"\n{more} more runs are not in the structured result: ask for a larger 'most'.\n"
    return markdown_runs(lines, unread) + (rest if more > 0 else "")


TOOL = Tool(
    name="diagnose",
    title="What is wrong in a training's log",
    what="Read a training log (CSV, JSON, TensorBoard, MLflow, W&B offline, Hugging Face, printed lines, and more) or a folder of"
    " them, and say what its curves show: overfitting since which epoch, underfitting, divergence, too noisy to judge, or"
    " healthy. Every rule has an outcome; 'not_applicable' and 'inconclusive' mean that it could not look or settle it.",
    arguments={
        "path": Argument(
            kind="string", what="a log file or a folder, from the folder that may be read", needed=True
        ),
        "run": Argument(kind="string", what="the name of one of several runs, or a part of it"),
        "train": Argument(kind="string", what="the column of the training loss, where the guess is wrong"),
        "val": Argument(kind="string", what="the column of the validation loss, where the guess is wrong"),
        "x": Argument(kind="string", what="the column of the epoch or step, where the guess is wrong"),
        "most": Argument(kind="integer", what=f"how many runs to give, the worst first; {MOST} if left out"),
    },
    gives=(Overview,),
    answer=_diagnose,
)
