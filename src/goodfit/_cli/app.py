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
        "Exit codes: 0 done, 1 a finding at or above --fail-on (diagnose, probe), 2 an error, 130 after Ctrl-C. "
        "Any command takes --debug, which shows the traceback of an error, and --show-settings, which prints each "
        "option's value and where it comes from: the command line, GOODFIT_DIAGNOSE_FAIL_ON or GOODFIT_FAIL_ON, "
        "[tool.goodfit.diagnose] or [tool.goodfit] of the nearest pyproject.toml, or the default."
    ),
)
COMMANDS = {
    "diagnose": "Find out what is wrong, from a log.",
    "prescribe": "Say what to change, and why nothing else.",
    "probe": "Run cheap experiments on a training that settle what its curves leave open.",
    "treat": "Change the model: show what a remedy changes in it, as a diff and as a patch of your code.",
    "tune": "Find the dose of a remedy, cheaply, on validation data; of a TASK or of a command.",
    "prove": "Judge whether one recipe generalises better than another, on held-out test data.",
    "fix": "Go the whole way: diagnose a training, change the model, prove whether it helped.",
    "compare": "Put every remedy side by side, and prove which helps on held-out data.",
    "init": "Write a Task file to start from.",
    "watch": "Watch trainings while they go on: a live page, or the terminal.",
    "report": "Show a finished report again, or make a page that opens offline.",
    "explain": "Print a page of the rulebook.",
}
for place, (command, summary) in enumerate(COMMANDS.items()):
    app.command(f"goodfit._cli.{command}:{command}", name=command, help=summary, sort_key=place)
