# SPDX-License-Identifier: Apache-2.0
"""`goodfit treat TASK`: what a remedy changes in this model, as a diff and as a patch of the code."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from rich.console import Console

from goodfit._cli.extras import need_torch
from goodfit._cli.files import check_file, write_file
from goodfit._cli.output import Format, Output, check_output, opened, put, stderr
from goodfit.errors import SettingsError
from goodfit.remedies import REMEDIES
from goodfit.values import Prescription, Treatment, dumps

if TYPE_CHECKING:
    from goodfit.surgery.patches import Patch


def treat(  # noqa: PLR0913 - each is an option of the command
    task: str,
    *,
    remedy: str = "raise-dropout",
    dose: float | None = None,
    where: str | None = None,
    patch: Path | None = None,
    force_patch: Annotated[bool, Parameter(negative=())] = False,
    output: Output = Output(),  # noqa: B008 - frozen
) -> None:
    """Change the model: show which layers a remedy changes, from what to what, and as a patch of your code.

    Parameters
    ----------
    task:
        package.module:function or path.py:function that gives a Task, a torch module, or a pair of a module and
        one batch of its inputs; or a built-in example: mnist, mnist-cnn.
    remedy:
        What to carry out, by its name in the rulebook (goodfit explain lists them).
    dose:
        How much, in the remedy's own unit (dropout: the drop probability); its usual start when not given.
    where:
        Change these places alone: dotted names of layers, with * and ? as in file names.
    patch:
        Write the patch of your code to this file as well, for git apply.
    force_patch:
        Let --patch replace a file that is there.
    """
    check_output(output)
    if patch is not None:
        check_file(patch, force=force_patch)
    prescription = _asked(remedy)
    need_torch()
    from goodfit._subjects import find_subject
    from goodfit.surgery import plan
    from goodfit.surgery.patches import suggest
    from goodfit.tasks import find_task

    found = find_subject(find_task(task))
    treatment = plan(found.subject, prescription, dose=dose, example=found.example, where=where)
    suggested = suggest(found.subject.model, treatment, found.factory)
    with opened(output) as console:
        _write(console, treatment, suggested, output.output_format)
    if patch is not None:
        if not suggested.diff:
            raise SettingsError(
                "no place of the treatment was found in the source, so that there is no patch to write",
                where="; ".join(f"{skip.path}: {skip.because}" for skip in suggested.by_hand) or None,
                todo="paste the printed lines instead",
            )
        write_file(suggested.diff, patch, force=force_patch)
        stderr().print(f"patch: {patch}", soft_wrap=True)


def _asked(remedy: str) -> Prescription:
    known = {each.name: each for each in REMEDIES if each.edits}
    if remedy not in known:
        raise SettingsError(
            f"{remedy!r} is no remedy that changes a model or its training",
            where="--remedy",
            todo=f"name one of {', '.join(known)}",
        )
    return Prescription(remedy=remedy, dose=known[remedy].dose, because="asked for by name")


def _write(console: Console, treatment: Treatment, patch: "Patch", form: Format) -> None:
    if form in ("json", "jsonl"):
        put(console, dumps(treatment, indent=2 if form == "json" else None))
    elif form == "markdown":
        from goodfit.report.markdown.story import markdown_treatment

        put(console, markdown_treatment(treatment, patch.diff, patch.by_hand))
    else:
        from goodfit.report.terminal.prescription import print_patch, print_treatment

        print_treatment(console, treatment)
        print_patch(console, patch.diff, patch.by_hand)
