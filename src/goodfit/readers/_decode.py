# SPDX-License-Identifier: Apache-2.0
"""Bytes to text: UTF-8 unless the bytes say otherwise; another encoding is never taken in silence.

Older spreadsheets and terminals write the encoding of their country. Which one it was is told by the
words: only one reading of the bytes gives names such as 验证损失 or Validierungsverlust-Größe.
"""

import re

from goodfit.errors import FormatError
from goodfit.readers._languages import translated

_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_OF_COUNTRIES = ("cp949", "gb18030", "cp932", "big5")  # Korean, Chinese, Japanese, traditional Chinese
_WESTERN = "cp1252"  # "ä" and "é" as Western spreadsheets write them; latin-1 but for quotation marks
_CONTROL = re.compile(
    rb"[\x01-\x06\x0e-\x1a\x1c-\x1f\x7f]"
)  # no text holds them; \b, \f, \x1b stand in console output
_LOOKED_AT = 2**16  # bytes that decide
_UNMARKED = 64  # bytes in which every second one is zero


def encoding_of(raw: bytes) -> str:
    """The encoding that the first bytes speak for."""
    for mark, name in _BOMS:
        if raw.startswith(mark):
            return name
    head = raw[:_UNMARKED]
    if len(head) >= 4 and len(head) % 2 == 0 and 0 not in head[::2] and not any(head[1::2]):  # noqa: PLR2004
        return "utf-16-le"  # Windows consoles write it without a mark
    if len(head) >= 4 and len(head) % 2 == 0 and 0 not in head[1::2] and not any(head[::2]):  # noqa: PLR2004
        return "utf-16-be"
    return "utf-8"


def decoded(raw: bytes, source: str) -> tuple[str, tuple[str, ...]]:
    """The text, with a sentence when its encoding had to be guessed.

    Raises:
        FormatError: it is no text.
    """
    encoding = encoding_of(raw)
    try:
        return raw.decode(encoding), ()
    except UnicodeDecodeError as error:
        if encoding == "utf-8":
            cut = _cut_off(raw, error)
            if cut is not None:
                return cut, (
                    "The last character is incomplete and was left out: the log may still be written.",
                )
            if not _CONTROL.search(raw[:_LOOKED_AT]):
                return _guessed(raw)
        elif encoding.startswith("utf-16") and len(raw) % 2 and len(raw) > _UNMARKED:
            return raw[:-1].decode(encoding, "replace"), (
                "The last character is incomplete and was left out: the log may still be written.",
            )
        raise FormatError(
            f"byte {error.start + 1} is not valid {encoding.removesuffix('-sig').upper()}: the file is binary "
            "or in another encoding",
            where=source,
            todo="give a text log, saved as UTF-8",
        ) from None


def _cut_off(raw: bytes, error: UnicodeDecodeError) -> str | None:
    """The text when nothing but its last character is broken, in the middle of which a writer stopped."""
    if error.start < len(raw) - 3 or error.reason != "unexpected end of data":
        return None
    return raw[: error.start].decode("utf-8")


def _guessed(raw: bytes) -> tuple[str, tuple[str, ...]]:
    """Read it in the encoding that gives the most words we know; Western when none gives any."""
    readings: list[tuple[int, str, str]] = []
    for name in (*_OF_COUNTRIES, _WESTERN):
        try:
            text = raw.decode(name)
        except UnicodeDecodeError:
            continue
        readings.append((translated(text[:_LOOKED_AT]), name, text))
    known, name, text = max(readings, key=lambda each: each[0], default=(0, "", ""))
    if not known:
        name, text = "latin-1", raw.decode("latin-1")
    return text, (
        f"The file is not UTF-8; it was read as {name}"
        + (", which gives words that are known." if known else ": letters beyond ASCII may be wrong."),
    )
