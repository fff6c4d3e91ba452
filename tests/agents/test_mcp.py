# SPDX-License-Identifier: Apache-2.0
"""The tools for agents: listed, typed, read-only, kept inside of one folder, with errors that say what to do."""

import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import anyio
import jsonschema
import pytest
from mcp import Client, StdioServerParameters

import goodfit
from goodfit.agents import TOOLS
from goodfit.agents.proposing import ProposedFix
from goodfit.agents.server import server_for
from goodfit.values import Comparison, Overview, RulebookEntry, dumps, from_json
from made_up_comparison import usual

NET = """from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(4, 8)
        self.last = nn.Linear(8, 2)

    def forward(self, x):
        return self.last(self.first(x).relu())


def build():
    print("to stdout, which is the protocol's")
    return Net()
"""
Calls = Callable[[Client], Coroutine[Any, Any, Any]]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a log that overfits, one that does not, a model, a comparison, and a file beside it."""
    root = tmp_path / "project"
    (root / "runs").mkdir(parents=True)
    rows = [f"{i},{2 / (i + 1):.4f},{1 / (i + 1) + 0.03 * max(0, i - 8):.4f}" for i in range(40)]
    (root / "runs" / "bad.csv").write_text("epoch,train_loss,val_loss\n" + "\n".join(rows), encoding="utf-8")
    fine = [f"{i},{0.5 + 2 / (i + 1):.4f},{0.6 + 2 / (i + 1):.4f}" for i in range(40)]
    (root / "runs" / "fine.csv").write_text("epoch,train_loss,val_loss\n" + "\n".join(fine), encoding="utf-8")
    (root / "net.py").write_text(NET, encoding="utf-8")
    (root / "comparison.json").write_text(dumps(usual()), encoding="utf-8")
    (tmp_path / "secret.csv").write_text("epoch,train_loss,val_loss\n0,1,1\n", encoding="utf-8")
    (root / "link.csv").symlink_to(tmp_path / "secret.csv")
    return root


def asked(root: Path, calls: Calls) -> Any:
    """What the calls give on a server for `root`, in this process."""

    async def go() -> Any:
        async with Client(server_for(root)) as client:
            return await calls(client)

    return anyio.run(go)


def told(root: Path, tool: str, **arguments: Any) -> tuple[Any, str, bool]:
    """One call: its structured result, its text, and whether it is an error."""
    result = asked(root, lambda client: client.call_tool(tool, arguments))
    return result.structured_content, result.content[0].text, result.is_error


def test_every_tool_is_listed_with_its_schemas(project: Path) -> None:
    """Four tools, marked read-only, each with a schema of what it takes and of what it gives."""
    tools = asked(project, lambda client: client.list_tools()).tools
    assert [each.name for each in tools] == ["diagnose", "explain", "compare", "propose_fix"]
    for each in tools:
        assert each.annotations.read_only_hint
        jsonschema.Draft202012Validator.check_schema(each.input_schema)
        jsonschema.Draft202012Validator.check_schema(each.output_schema)


@pytest.mark.parametrize(
    ("tool", "arguments", "kind", "said"),
    [
        ("diagnose", {"path": "runs/bad.csv"}, Overview, "overfitting"),
        ("diagnose", {"path": "runs"}, Overview, "2 runs"),
        ("explain", {"name": "GF101"}, RulebookEntry, "GF101 overfitting"),
        ("explain", {"name": "raise-dropout"}, RulebookEntry, "raise-dropout"),
        ("explain", {"name": "Paired noise"}, RulebookEntry, "What it helps to settle"),
        ("compare", {"paths": "comparison.json"}, Comparison, "early stopping"),
        ("compare", {"paths": "runs/bad.csv, runs/fine.csv"}, Overview, "2 runs"),
        ("propose_fix", {"log": "runs/bad.csv"}, ProposedFix, "Why nothing else"),
        ("propose_fix", {"log": "runs/bad.csv", "model": "net.py:build"}, ProposedFix, "+++"),
        ("propose_fix", {"model": "net.py:Net", "remedy": "raise-dropout", "dose": 0.3}, ProposedFix, "0.3"),
    ],
)
def test_each_gives_a_typed_value(
    project: Path, tool: str, arguments: dict[str, Any], kind: Any, said: str
) -> None:
    """The structured result keeps the tool's schema and is one of our values; nothing in the folder changes."""
    before = {
        path: path.read_bytes() for path in project.rglob("*") if path.suffix != ".pyc" and path.is_file()
    }
    found, text, failed = told(project, tool, **arguments)
    assert not failed, text
    assert said in text
    schema = next(each for each in TOOLS if each.name == tool).output_schema
    jsonschema.Draft202012Validator(schema).validate(found)
    assert from_json(kind, found)
    after = {
        path: path.read_bytes() for path in project.rglob("*") if path.suffix != ".pyc" and path.is_file()
    }
    assert before == after


def test_the_patch_is_of_the_users_file(project: Path) -> None:
    """A unified diff with the path from the folder, which `git apply` would take; the file stays as it is."""
    found, _, _ = told(project, "propose_fix", model="net.py:build", remedy="raise-dropout", dose=0.4)
    assert "net.py" in found["patch"]
    assert str(project) not in found["patch"]
    assert any(line.startswith("+") and "0.4" in line for line in found["patch"].splitlines())
    assert (project / "net.py").read_text(encoding="utf-8") == NET


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("diagnose", {"path": "../secret.csv"}, "outside"),
        ("diagnose", {"path": "link.csv"}, "outside"),
        ("diagnose", {"path": "/etc/passwd"}, "outside"),
        ("diagnose", {"path": "none.csv"}, "there is no"),
        ("diagnose", {"path": "net.py"}, "no run could be read"),
        ("diagnose", {"path": "a\0b"}, "no path"),
        ("diagnose", {}, "'path' is missing"),
        ("diagnose", {"path": 3}, "give a string"),
        ("diagnose", {"path": "runs", "most": 0}, "1 or more"),
        ("diagnose", {"path": "runs", "colour": "red"}, "the arguments are"),
        ("explain", {"name": "overfiting"}, "overfitting"),
        ("explain", {"name": "paired-nose"}, "paired-noise"),
        ("compare", {"paths": "runs/bad.csv"}, "neither"),
        ("propose_fix", {}, "neither a log nor a model"),
        ("propose_fix", {"model": "net.py:build"}, "name a 'remedy'"),
        ("propose_fix", {"model": "os:getcwd", "remedy": "raise-dropout"}, "path.py:function"),
        ("propose_fix", {"model": "../x.py:f", "remedy": "raise-dropout"}, "outside"),
        ("propose_fix", {"remedy": "magic", "log": "runs/bad.csv"}, "no remedy"),
        ("train", {}, "the tools are"),
    ],
)
def test_bad_input_is_an_answer_that_says_what_to_do(
    project: Path, tool: str, arguments: dict[str, Any], said: str
) -> None:
    """An error, never a traceback, and the server goes on."""
    found, text, failed = told(project, tool, **arguments)
    assert failed
    assert found is None
    assert said in text
    assert "Traceback" not in text


def test_over_standard_input_and_output(project: Path) -> None:
    """`goodfit mcp --root DIR` is what a client starts; what a model's file prints does not reach the protocol."""
    source = str(Path(goodfit.__file__).parents[1])
    given = StdioServerParameters(
        command=sys.executable,
        args=["-m", "goodfit", "mcp", "--root", str(project)],
        env={"PYTHONPATH": source},
    )

    async def go() -> Any:
        async with Client(given) as client:
            await client.call_tool("propose_fix", {"model": "net.py:build", "remedy": "raise-dropout"})
            return await client.call_tool("diagnose", {"path": "runs/bad.csv"})

    result = anyio.run(go)
    assert not result.is_error
    assert result.structured_content["runs"][0]["headline"] == "GF101"
