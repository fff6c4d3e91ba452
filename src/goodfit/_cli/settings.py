# SPDX-License-Identifier: Apache-2.0
"""Settings that need not be typed each time: `[tool.goodfit]` of the nearest pyproject.toml, and the environment.

What is nearer to the command wins: the command line, then GOODFIT_DIAGNOSE_FAIL_ON, GOODFIT_FAIL_ON,
`fail-on` of `[tool.goodfit.diagnose]`, `fail-on` of `[tool.goodfit]`, the default. Settings are options; what a command
works on (FILE, TASK) is always typed.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cyclopts import App, Token
from cyclopts.argument import Argument, ArgumentCollection

from goodfit.errors import SettingsError

PREFIX = "GOODFIT_"
_TABLE = "tool.goodfit"


class SettingsShown(Exception):  # noqa: N818 - no error: the settings were asked for instead of the command
    """The settings of a command, as (name, value, where it comes from)."""

    def __init__(self, rows: tuple[tuple[str, str, str], ...]) -> None:
        super().__init__()
        self.rows = rows


@dataclass(frozen=True, slots=True)
class Found:
    """What a source says of one option, as one would type it."""

    key: str
    values: tuple[str, ...]
    source: str


@dataclass(slots=True)
class Settings:
    """A source of options for the command line's parser.

    Args:
        root: the whole program, whose commands say which keys there are.
        show: end by raising SettingsShown instead of going on to the command.
    """

    root: App
    show: bool = False

    def __call__(self, _app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
        """Fill in every option that was not typed.

        Raises:
            SettingsError: the pyproject.toml is broken, has an unknown key, or a value of a wrong kind.
        """
        if not commands:
            return
        table, path = project_table(Path.cwd())
        if path is not None:
            check_keys(table, path, self._known(table, commands[0], arguments))
        for argument in _options(arguments):
            if argument.has_tokens:
                continue
            found = _from_environment(commands[0], argument) or _from_table(
                table, path, commands[0], argument
            )
            if found is not None:
                for place, value in enumerate(found.values):
                    argument.append(Token(keyword=found.key, value=value, source=found.source, index=place))
        if self.show:
            raise SettingsShown(tuple(_row(each) for each in _options(arguments)))

    def _known(
        self, table: Mapping[str, Any], command: str, arguments: ArgumentCollection
    ) -> Mapping[str, tuple[str, ...]]:
        """The options of the command, which is loaded; of all others only where the table speaks of more."""
        own = tuple(_key(each) for each in _options(arguments))
        commands = set(self.root)
        speaks_of_more = any(
            key != command and (key in commands or key.replace("_", "-") not in own) for key in table
        )
        return known_options(self.root) if speaks_of_more else {command: own}


def project_table(folder: Path) -> tuple[Mapping[str, Any], Path | None]:
    """`[tool.goodfit]` of the nearest pyproject.toml, at or above `folder`, that has one.

    Raises:
        SettingsError: a file that speaks of goodfit is no TOML, or the table is no table.
    """
    for each in (folder, *folder.parents):
        path = each / "pyproject.toml"
        try:
            data = path.read_bytes()
        except OSError:
            continue  # there is none, or none that we may read
        if b"goodfit" not in data:
            continue
        import tomllib  # 5 ms that a folder without settings need not pay

        try:
            content = tomllib.loads(data.decode())
        except ValueError as error:  # no TOML, or no UTF-8
            raise SettingsError(
                f"the file is no TOML: {error}",
                where=str(path),
                todo="repair it, or run the command elsewhere",
            ) from None
        table = content.get("tool", {}).get("goodfit")
        if table is None:
            continue
        if not isinstance(table, dict):
            raise SettingsError("tool.goodfit is no table", where=str(path), todo="write [tool.goodfit]")
        return table, path
    return {}, None


def known_options(root: App) -> dict[str, tuple[str, ...]]:
    """The names of the options of every command, as a table writes them: fail-on."""
    known = {}
    for command in root:
        if not command.startswith("-"):
            arguments = root[command].assemble_argument_collection()
            known[command] = tuple(_key(each) for each in _options(arguments))
    return known


def check_keys(table: Mapping[str, Any], path: Path, known: Mapping[str, tuple[str, ...]]) -> None:
    """Refuse what nobody would read.

    Raises:
        SettingsError: a key is no command's option; names it, its file, and the nearest known one.
    """
    everywhere = {option for options in known.values() for option in options}
    for key, value in table.items():
        if key not in known:
            _check_key(key, everywhere | set(known), f"[{_TABLE}]", path)
            _check_kind(key, isinstance(value, dict), "a table", "its value", path)
            continue
        _check_kind(key, not isinstance(value, dict), "no table", f"[{_TABLE}.{key}]", path)
        for inner in value:
            _check_key(inner, set(known[key]), f"[{_TABLE}.{key}]", path)


def _check_key(key: str, known: set[str], table: str, path: Path) -> None:
    spelled = key.replace("_", "-")
    if spelled in known:
        return
    from difflib import get_close_matches

    near = get_close_matches(spelled, sorted(known), n=3, cutoff=0.6)
    hint = f"did you mean {' or '.join(near)}?" if near else f"known are {', '.join(sorted(known))}"
    raise SettingsError(f"{table} has the unknown key {key!r}", where=str(path), todo=hint)


def _check_kind(key: str, wrong: bool, found: str, wanted: str, path: Path) -> None:
    if wrong:
        raise SettingsError(f"{key} in [{_TABLE}] is {found}", where=str(path), todo=f"write {wanted}")


def _options(arguments: ArgumentCollection) -> Iterator[Argument]:
    """What is given by name: neither what a command works on nor the groups that options stand in."""
    return (
        each
        for each in arguments
        if each.index is None
        and each.parse
        and not each.children
        and each.name.startswith("--")
        and each.field_info.kind is not each.field_info.VAR_KEYWORD  # names that the user makes up
    )


def _key(argument: Argument) -> str:
    return argument.name.removeprefix("--")


def _from_environment(command: str, argument: Argument) -> Found | None:
    option = _key(argument).replace("-", "_").upper()
    for name in (f"{PREFIX}{command.upper()}_{option}", f"{PREFIX}{option}"):
        if value := os.environ.get(name):
            return Found(name, tuple(argument.env_var_split(value)), "environment")
    return None


def _from_table(
    table: Mapping[str, Any], path: Path | None, command: str, argument: Argument
) -> Found | None:
    own, key = table.get(command), _key(argument)
    for part, name in ((own if isinstance(own, dict) else {}, f"{_TABLE}.{command}"), (table, _TABLE)):
        for spelled in (key, key.replace("-", "_")):
            if spelled in part and not isinstance(part[spelled], dict):
                values = _typed(part[spelled], f"{key} in [{name}]", path)
                return Found(f"{key} in [{name}]", values, str(path))
    return None


def _typed(value: Any, key: str, path: Path | None) -> tuple[str, ...]:
    """A value of TOML as one would type it.

    Raises:
        SettingsError: it is neither text, a number, a truth value, nor a list of those.
    """
    listed = value if isinstance(value, list) else [value]
    if not all(isinstance(each, str | int | float) for each in listed):
        raise SettingsError(
            f"{key} holds a {type(value).__name__}", where=str(path), todo="give text, a number, or a list"
        )
    return tuple(str(each).lower() if isinstance(each, bool) else str(each) for each in listed)


def _row(argument: Argument) -> tuple[str, str, str]:
    """An option's value and where it comes from; a value that cannot be is an error here as in the command."""
    if not argument.has_tokens:
        default = argument.field_info.default
        return _key(argument), _said(default), "default"
    value = argument.convert_and_validate()
    token = argument.tokens[0]
    places = {"cli": "command line", "environment": f"environment: {token.keyword}"}
    return _key(argument), _said(value), places.get(token.source, f"{token.source}: {token.keyword}")


def _said(value: Any) -> str:
    if value in (None, ()):
        return "not set"
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
