# SPDX-License-Identifier: Apache-2.0
"""The tool `explain`: a page of the rulebook."""

from pathlib import Path

from goodfit._probe_pages import any_entry
from goodfit.agents.tool import Answer, Argument, Arguments, Tool
from goodfit.values import RulebookEntry


def _explain(arguments: Arguments, _root: Path) -> Answer:
    entry = any_entry(arguments["name"])
    return Answer(value=entry, text=entry.page)


TOOL = Tool(
    name="explain",
    title="A page of the rulebook",
    what="Explain a finding, a remedy or a probe: definition, thresholds with reasons, where it is wrong, what looks the same, what can be"
    " done, and sources with how well they support it.",
    arguments={
        "name": Argument(
            kind="string",
            what="a rule's code or name (GF101, overfitting), a remedy's name (raise-dropout), or a probe's (paired-noise)",
            needed=True,
        )
    },
    gives=(RulebookEntry,),
    answer=_explain,
)
