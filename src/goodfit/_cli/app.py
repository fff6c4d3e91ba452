# SPDX-License-Identifier: Apache-2.0
"""The commands by name; each lives in a module of its own and is imported when it is called."""

from cyclopts import App

from goodfit._about import version_of

app = App(
    name="goodfit",
    help=(
        "Find out why a neural network does not generalise, change it, and prove on held-out data "
        "whether that helped."
    ),
    version=lambda: version_of("goodfit") or "not installed",
    suppress_keyboard_interrupt=False,  # main() tells what is kept
    help_epilogue=(
        "Exit codes: 0 done, 1 a finding at or above --fail-on (diagnose), 2 an error, 130 after Ctrl-C. "
        "Any command takes --debug, which shows the traceback of an error."
    ),
)
app.command("goodfit._cli.diagnose:diagnose", name="diagnose")
app.command("goodfit._cli.prescribe:prescribe", name="prescribe")
app.command("goodfit._cli.fix:fix", name="fix")
app.command("goodfit._cli.init:init", name="init")
app.command("goodfit._cli.report:report", name="report")
app.command("goodfit._cli.explain:explain", name="explain")
