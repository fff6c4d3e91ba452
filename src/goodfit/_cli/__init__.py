# SPDX-License-Identifier: Apache-2.0
"""The command line: results on stdout, progress and errors on stderr, exit codes that mean something.

0 done (for `diagnose`: no finding at or above --fail-on), 1 such a finding, 2 an error, 130 after Ctrl-C.
"""

import contextlib
import gc
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from io import TextIOWrapper

from goodfit.errors import GoodfitError, TaskError

ERROR = 2
INTERRUPTED = 130
SET_BY_US = "_GOODFIT_SET"
SHOW_SETTINGS = "--show-settings"
_PIPED = "./-"  # a lone hyphen as a path, which it becomes again; as it is, it would be taken for an option
ONE_THREAD = "OPENBLAS_NUM_THREADS"  # idle, the threads that numpy starts cost a third of a diagnosis


def main() -> None:
    """Run the program named `goodfit`.

    Loading makes some hundred thousand objects, and none of them is garbage before the program ends: going through
    them all the same would be a seventh of a diagnosis.
    """
    gc.disable()
    code = run(sys.argv[1:], when_loaded=_collect_only_new)
    gc.freeze()  # the end of the interpreter, too, would go through them
    sys.exit(code)


def _collect_only_new() -> None:
    gc.freeze()
    gc.enable()


def run(tokens: Sequence[str], when_loaded: Callable[[], None] = lambda: None) -> int:
    """Carry out one command line and give its exit code; errors become one clear message on stderr.

    `when_loaded` is called between loading the command and carrying it out.
    """
    if ONE_THREAD not in os.environ:
        os.environ[ONE_THREAD] = "1"
        os.environ[SET_BY_US] = (
            ONE_THREAD  # so that a user's command, which is started from here, need not have it
        )
    from cyclopts import CycloptsError

    _write_any_letter()
    debug = "--debug" in tokens
    try:
        words = [_PIPED if token == "-" else token for token in tokens if token != "--debug"]  # noqa: S105 - of the command line
        code = _carried_out(words, when_loaded)
        sys.stdout.flush()  # here, and not when the interpreter ends, can a reader that has left be answered
    except KeyboardInterrupt:
        _say("interrupted; finished trainings are kept, and the same command goes on from there")
        return INTERRUPTED
    except (BrokenPipeError, SystemExit) as error:
        if _reader_has_left(error):
            _drop_output()
            return 0
        _say(describe(_ended_by_task(error)))
        _trace(debug)
        return ERROR
    except CycloptsError as error:
        _say(f"error: {str(error).strip()}\n  what to do: see `goodfit --help` or `goodfit COMMAND --help`")
        return ERROR
    except GoodfitError as error:
        _say(describe(error))
        _trace(debug)
        return ERROR
    except Exception as error:  # noqa: BLE001 - a bug of ours must not look like the user's
        _say(f"error: {type(error).__name__}: {error}\n  this is a fault in goodfit; --debug shows where")
        _trace(debug)
        return ERROR
    return code if isinstance(code, int) else 0


def _carried_out(words: Sequence[str], when_loaded: Callable[[], None]) -> object:
    """Parse and carry out; settings count for this command line alone."""
    from goodfit._cli.app import app
    from goodfit._cli.settings import Settings, SettingsShown

    app.config = (Settings(app, show=SHOW_SETTINGS in words),)
    words = [word for word in words if word != SHOW_SETTINGS]
    try:
        app.parse_commands(words)  # loads the command's module
        when_loaded()
        return app(
            words,
            exit_on_error=False,
            print_error=False,
            result_action="return_value",
        )
    except SettingsShown as shown:
        _print_settings(shown.rows)
        return 0
    finally:
        app.config = ()


def describe(error: GoodfitError) -> str:
    """An error's three parts, one a line."""
    lines = [f"error: {error.found}"]
    if error.where:
        lines.append(f"  where: {error.where}")
    if error.todo:
        lines.append(f"  what to do: {error.todo}")
    return "\n".join(lines)


def _reader_has_left(error: BaseException) -> bool:
    """Whether nobody reads our output any more, as after `head`; rich then ends the program."""
    return isinstance(error, BrokenPipeError) or isinstance(error.__context__, BrokenPipeError)


def _ended_by_task(error: BaseException) -> TaskError:
    """What to say when code that a command called, such as a task's file, ends the program."""
    places = traceback.extract_tb(error.__traceback__)
    return TaskError(
        f"the task's code ended the program by {error!r}",
        where=f"{places[-1].filename}, line {places[-1].lineno}" if places else None,
        todo='keep what the file does as a script under `if __name__ == "__main__":`',
    )


def _drop_output() -> None:
    """Let what is still to be written to stdout go nowhere, so that the interpreter ends in peace."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _write_any_letter() -> None:
    """Let a terminal that lacks a letter show "?" in its place, instead of ending the program."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def _print_settings(rows: Sequence[tuple[str, str, str]]) -> None:
    """Every option of a command: its value, and where that comes from."""
    if not rows:
        print("this command has no settings")
        return
    widths = [max(len(row[place]) for row in rows) for place in range(2)]
    for name, value, where in rows:
        print(f"{name.ljust(widths[0])}  {value.ljust(widths[1])}  {where}")


def _say(text: str) -> None:
    print(f"goodfit: {text}", file=sys.stderr)


def _trace(debug: bool) -> None:
    if debug:
        traceback.print_exc()
