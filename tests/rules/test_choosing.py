# SPDX-License-Identifier: Apache-2.0
"""Rules are chosen by code, beginning of a code or name; what is no rule's is refused with the nearest names."""

import pytest

from goodfit.errors import SettingsError
from goodfit.rules import RULES, choose_rules, left_out

ALL = [rule.code for rule in RULES]


@pytest.mark.parametrize(
    ("select", "ignore", "codes"),
    [
        ((), (), ALL),
        (("GF101",), (), ["GF101"]),
        (("gf101", "Stalled"), (), ["GF101", "GF203"]),
        (("still_improving",), (), ["GF202"]),
        (("GF3",), (), [code for code in ALL if code.startswith("GF3")]),
        (("GF",), ("GF1", "GF2", "GF4"), [code for code in ALL if code.startswith("GF3")]),
        ((), ("GF101",), ALL[1:]),
        (("GF101", "GF10"), ("overfitting",), [code for code in ALL if code.startswith("GF10")][1:]),
    ],
)
def test_what_is_chosen(select: tuple[str, ...], ignore: tuple[str, ...], codes: list[str]) -> None:
    """In the order of RULES, whatever the order and case of the names."""
    chosen = choose_rules(select, ignore)
    assert [rule.code for rule in chosen] == codes
    assert set(left_out(chosen)) == set(ALL) - set(codes)


@pytest.mark.parametrize(
    ("name", "near"),
    [("overfiting", "overfitting"), ("GF110", "GF101"), ("GF9", "GF"), ("1", "GF101"), ("", "GF101")],
)
def test_unknown_names(name: str, near: str) -> None:
    """The name, the option it was given to, and what to give instead."""
    for option in ("select", "ignore"):
        with pytest.raises(SettingsError) as caught:
            choose_rules(**{option: (name,)})
        assert repr(name) in caught.value.found
        assert caught.value.where == f"--{option}"
        assert near in (caught.value.todo or "")


def test_nothing_left() -> None:
    """Choosing no rule at all is an error, not a clean bill of health."""
    with pytest.raises(SettingsError, match="no rule is left"):
        choose_rules(("GF101",), ("GF1",))
