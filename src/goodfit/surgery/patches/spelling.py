# SPDX-License-Identifier: Apache-2.0
"""How a file spells torch.nn, and the numbers in its calls."""

import ast

from goodfit.surgery.patches.source import NotFoundError, SourceFile


def nn_of(file: SourceFile) -> str:
    """What stands in front of `Dropout` in this file: "nn.", "torch.nn.", or what it imports torch.nn as.

    Raises:
        NotFoundError: the file imports neither.
    """
    found: dict[str, str] = {}
    for node in ast.walk(file.tree):
        if isinstance(node, ast.ImportFrom) and node.module == "torch":
            found |= {each.name: f"{each.asname or each.name}." for each in node.names if each.name == "nn"}
        elif isinstance(node, ast.Import):
            found |= {each.name: f"{each.asname or each.name}." for each in node.names}
    for name in ("nn", "torch.nn"):
        if name in found:
            return found[name]
    if "torch" in found:
        return f"{found['torch']}nn."
    raise NotFoundError("the file does not import torch.nn")


def type_of(call: ast.expr) -> str | None:
    """The last name of what is called: "Dropout" of `nn.Dropout(0.1)`."""
    if not isinstance(call, ast.Call):
        return None
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", None)


def set_number(file: SourceFile, call: ast.expr, name: str, before: float | None, after: float) -> None:
    """Give the argument `name` of a layer's constructor another value; the first positional one where it is `p`.

    Raises:
        NotFoundError: it is no call, or the argument is not written as the number that the model has.
    """
    if not isinstance(call, ast.Call) or any(each.arg is None for each in call.keywords):
        raise NotFoundError("the layer is not made by a call with plain arguments")
    written = next((each.value for each in call.keywords if each.arg == name), None)
    if written is None and name == "p" and call.args:
        written = call.args[0]
    if written is not None:
        check_number(file, written, before)
        file.replace(written, f"{after:g}")
        return
    end = file.span(call)[1] - 1  # in front of the closing parenthesis
    given = f"{after:g}" if name == "p" else f"{name}={after:g}"
    comma = ", " if call.args or call.keywords else ""
    if file.text[:end].rstrip().endswith(b","):
        raise NotFoundError("the call ends in a comma")
    file.insert(end, f"{comma}{given}")


def check_number(file: SourceFile, written: ast.expr, before: float | None) -> None:
    """Check that a number is written in the code as the model has it.

    Raises:
        NotFoundError: it is computed, or another one.
    """
    if not isinstance(written, ast.Constant) or written.value != before:
        raise NotFoundError(f"the number is given as {file.said(written)}")
