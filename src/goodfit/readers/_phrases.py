# SPDX-License-Identifier: Apache-2.0
"""Numbers in sentences: "1 row", "3 rows"."""


def counted(number: int, noun: str) -> str:
    """Write a number with its noun, in the plural where it must be."""
    if number == 1:
        return f"1 {noun}"
    plural = f"{noun}es" if noun.endswith("s") else f"{noun}s"
    return f"{number} {plural}"
