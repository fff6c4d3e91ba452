# SPDX-License-Identifier: Apache-2.0
"""A command is cut into arguments before values are put in, and what would need a shell is refused."""

import pytest

from goodfit.errors import SettingsError
from goodfit.training import CommandSource
from goodfit.training.command.template import as_text, parsed

HOSTILE = ["; rm -rf ~", "$(touch x)", "`touch x`", "a b'c\"d", "{seed}", "{{x}}", "--flag", "", "ä\n\t", "*"]


@pytest.mark.parametrize("value", HOSTILE)
def test_a_value_is_one_argument(value: str) -> None:
    """Whatever a value holds, it is one argument, or a part of one, as it is."""
    template = parsed("python train.py --dose {dose} --name=x-{dose} {seed}")
    assert template.filled({"dose": value, "seed": "1"}) == [
        "python",
        "train.py",
        "--dose",
        value,
        f"--name=x-{value}",
        "1",
    ]


def test_only_names_in_braces_are_places() -> None:
    """JSON and dictionaries in a command stay as they are; doubled braces stand for single ones."""
    template = parsed("""python t.py '{"lr": 0.1}' {{seed}} {a} {b2} {} {0} {a}""")
    assert template.names == ("a", "b2")
    assert template.filled({"a": "1", "b2": "2"})[2:] == ['{"lr": 0.1}', "{seed}", "1", "2", "{}", "{0}", "1"]


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ("", "empty"),
        ("''", "empty"),
        ("python 'train.py", "cut into arguments"),
        ("python a.py && python b.py", "'&&' is for a shell"),
        ("python a.py | tee log", "'|' is for a shell"),
        ("python a.py > log.txt", "'>' is for a shell"),
        ("cd x; python a.py", "';' is for a shell"),
        ("python a.py &", "'&' is for a shell"),
        ("SEED={seed} python a.py", "sets a variable"),
        ("sh -c 'python a.py {dose}'", "part of a shell's code"),
        ("env X=1 bash -lc 'python a.py {dose}'", "part of a shell's code"),
        ("python a\0.py", "zero byte"),
    ],
)
def test_what_needs_a_shell_is_refused(command: str, found: str) -> None:
    """Each with what to do instead."""
    with pytest.raises(SettingsError, match=found) as caught:
        CommandSource(command)
    assert caught.value.todo


@pytest.mark.parametrize(
    "command",
    [
        "python a.py '&&' \"a;b\" 'x>y'",
        "sh run.sh {dose}",
        "sh -c 'python a.py \"$1\"' sh {dose}",
        "echo # {dose}",
    ],
)
def test_what_needs_none_is_taken(command: str) -> None:
    """Quoted operators, a script of a shell, and a value that it is handed as an argument."""
    assert CommandSource(command).command == command


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (2.0, "2"), (0.1, "0.1"), (1e-5, "1e-05"), ("0.40", "0.40"), (True, "True"), (-0.5, "-0.5")],
)
def test_values_are_spelled_plainly(value: object, text: str) -> None:
    """Whole numbers without a point, texts as they are."""
    assert as_text(value) == text


def test_every_place_needs_its_value() -> None:
    """A missing value, and a value without a place, are errors that name them."""
    source = CommandSource("python t.py {dose} {decay} {seed} {out}")
    assert source.at(dose=0.5, decay="x").placeholders == {"dose": "0.5", "decay": "x"}
    assert source.at(dose=0.5, decay="x").knobs == {"dose": 0.5}
    with pytest.raises(SettingsError, match=r"place \{decay\} has no value"):
        source.at(dose=1)
    with pytest.raises(SettingsError, match=r"no place \{doze\}; it has \{dose\}, \{decay\}"):
        source.at(doze=1, decay=2)
    with pytest.raises(SettingsError, match="zero byte"):
        source.at(dose="a\0b", decay=1)


def test_log_and_scores_use_the_places_of_the_command() -> None:
    """A place that is filled nowhere would be a folder called {name}."""
    assert CommandSource("python t.py {dose}", log="logs/{dose}-{seed}").log == "logs/{dose}-{seed}"
    with pytest.raises(SettingsError, match=r"\{run\} stands in 'logs/\{run\}'"):
        CommandSource("python t.py {dose}", log="logs/{run}")
    with pytest.raises(SettingsError, match="timeout is 0"):
        CommandSource("python t.py", timeout=0)
