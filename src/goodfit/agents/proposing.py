# SPDX-License-Identifier: Apache-2.0
"""The tool `propose_fix`: what to change, and the change as a patch of the user's code, as text. Nothing is written."""

import contextlib
import linecache
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from goodfit.agents.places import inside, name_of
from goodfit.agents.tool import Answer, Argument, Arguments, Tool
from goodfit.errors import MissingExtraError, SettingsError
from goodfit.readers import read_history
from goodfit.remedies import NO_CHANGE, REMEDIES, prescribe
from goodfit.report.markdown.change import prescription_blocks
from goodfit.report.markdown.story import markdown_treatment
from goodfit.report.markdown.text import document
from goodfit.rules import diagnose
from goodfit.values import Prescription, Skip, Treatment


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedFix:
    """What to change, and how it would look in the user's code."""

    prescriptions: tuple[Prescription, ...]  # best first; the first that changes the model is worked out
    treatment: Treatment | None  # the edits; None without a model, or where nothing in it is to be changed
    patch: str  # unified diff of the user's files, for git apply; empty when there is none
    by_hand: tuple[Skip, ...]  # edits whose place in the source is not certain


def _propose(arguments: Arguments, root: Path) -> Answer:
    if "log" not in arguments and "model" not in arguments:
        raise SettingsError(
            "neither a log nor a model was given",
            where="propose_fix",
            todo="give 'log' to choose a remedy by what is wrong, 'model' to work it out for that model, or both",
        )
    if "model" not in arguments and {"dose", "where"} & set(arguments):
        raise SettingsError(
            "a dose or a place is of a model", where="propose_fix", todo="give 'model' as well"
        )
    prescriptions = _prescribed(arguments, root)
    chosen = next((each for each in prescriptions if _edits(each.remedy)), None)
    if "model" not in arguments or chosen is None:
        found = ProposedFix(prescriptions=prescriptions, treatment=None, patch="", by_hand=())
        return Answer(value=found, text=document(prescription_blocks(prescriptions)))
    return _worked_out(arguments, root, prescriptions, chosen)


def _prescribed(arguments: Arguments, root: Path) -> tuple[Prescription, ...]:
    """The remedy that was asked for, or those that the log calls for."""
    if "remedy" in arguments:
        name = arguments["remedy"]
        known = {each.name: each for each in REMEDIES}
        if name not in known:
            raise SettingsError(
                f"no remedy is called {name!r}", where="propose_fix", todo=f"name one of {', '.join(known)}"
            )
        return (Prescription(remedy=name, dose=known[name].dose, because="asked for by name"),)
    if "log" not in arguments:
        raise SettingsError(
            "without a log nothing says which remedy fits",
            where="propose_fix",
            todo="give 'log', or name a 'remedy'",
        )
    history = read_history(inside(root, arguments["log"]))
    return tuple(prescribe(diagnose(history), history))


def _edits(remedy: str) -> bool:
    return remedy != NO_CHANGE and any(each.name == remedy and each.edits for each in REMEDIES)


def _worked_out(
    arguments: Arguments, root: Path, prescriptions: tuple[Prescription, ...], chosen: Prescription
) -> Answer:
    """Load the model, plan the edits, and say them as a patch; what the model's file prints goes to stderr."""
    if find_spec("torch") is None:
        raise MissingExtraError("torch is needed to load a model", todo="pip install 'goodfit[torch]'")
    from goodfit._subjects import find_subject
    from goodfit.surgery import plan
    from goodfit.surgery.patches import suggest
    from goodfit.training import TaskSource

    file, colon, function = arguments["model"].rpartition(":")
    if not colon or not file.endswith(".py"):
        raise SettingsError(
            f"{arguments['model']!r:.200} names no model", where="propose_fix", todo="give path.py:function"
        )
    path = inside(root, file)
    linecache.checkcache()
    with contextlib.redirect_stdout(sys.stderr):
        found = find_subject(TaskSource(f"{path}:{function}"))
        treatment = plan(
            found.subject,
            chosen,
            dose=arguments.get("dose"),
            example=found.example,
            where=arguments.get("where"),
        )
        patch = suggest(found.subject.model, treatment, found.factory)
    diff = patch.diff.replace(str(path), name_of(path, root))
    value = ProposedFix(
        prescriptions=prescriptions, treatment=treatment, patch=diff, by_hand=tuple(patch.by_hand)
    )
    return Answer(value=value, text=markdown_treatment(treatment, diff, patch.by_hand))


TOOL = Tool(
    name="propose_fix",
    title="A change, as a patch",
    what="Say what to change against what a log shows, and why nothing else; with a model, work the change out for it and give it as"
    " a unified diff of the user's own file. Nothing is written or trained. Naming a model runs the user's Python file, to build it."
    " Whether the change helps is not known before `goodfit prove` or `goodfit fix` has tried it.",
    arguments={
        "log": Argument(kind="string", what="a log, which says what is wrong"),
        "model": Argument(
            kind="string",
            what="path.py:function that gives a torch module, a pair of a module and a batch, or a Task",
        ),
        "remedy": Argument(
            kind="string", what="a remedy by name, such as raise-dropout; else the log decides"
        ),
        "dose": Argument(kind="number", what="how much, in the remedy's own unit"),
        "where": Argument(kind="string", what="dotted names of layers, with * and ?"),
    },
    gives=(ProposedFix,),
    answer=_propose,
)
