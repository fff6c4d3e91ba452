# SPDX-License-Identifier: Apache-2.0
"""What cannot be read gives one clear message: what was found, where, and what to do."""

from pathlib import Path

import pytest

from goodfit.errors import FormatError, NoCurvesError, ReadError
from goodfit.readers import READERS, Log, Reader, read_history, read_log
from goodfit.values import Curve, History, Split, dumps


@pytest.mark.parametrize(
    ("raw", "kind", "phrase"),
    [
        (b"", FormatError, "the file is empty"),
        (b" \n\n", FormatError, "the file is empty"),
        (b"\xef\xbb\xbf", FormatError, "the file is empty"),
        (bytes(range(256)), FormatError, "zero bytes|not valid"),
        (b"epoch,loss\n0,\x00\n", FormatError, "zero bytes"),
        (b"epoch,m\xe9trique\n0,1\n", NoCurvesError, "métrique"),
        (b"\xff\xfeabc", FormatError, "not valid UTF-16"),
        (b"\x1f\x8b\x08\x00", FormatError, "gzip"),
        (b"SQLite format 3\0...", FormatError, "SQLite"),
        (b"\x18\0\0\0\0\0\0\0....\x09\0\0\0\0\0\0\0\x00\x1a\x0dbrain.Event:2", FormatError, "TensorBoard"),
        (b'{"loss": [1, 2],\n"val_loss": [1,,]}', FormatError, "broken"),
        (b'{"epoch": 0, "loss": 1}\n{"epoch": 1 "loss": 1}\n{"epoch": 2}\n', FormatError, "broken"),
        (b'{"epoch": 0, "loss": 1}\n3\n{"epoch": 2}\n', FormatError, "a JSON int"),
        (b"[" * 100_000, FormatError, "JSON"),
        (b"[" + b'{"a":' * 900 + b"1" + b"}" * 900 + b"]", NoCurvesError, "no record of the log"),
        (b"[1, 2, 3]", FormatError, "no training log"),
        (b'"loss"', NoCurvesError, "no rows yet"),
        (b'{"loss": 1,\n "val_loss": 2}', FormatError, "no training log"),
        (b"0,1.5,1.6\n1,1.4,1.5\n", FormatError, "numbers where the columns' names"),
        (b"epoch,train_loss,val_loss\n", NoCurvesError, "no rows yet"),
        (b"epoch,foo,bar\n0,1,2\n", NoCurvesError, "'epoch', 'foo', 'bar'"),
        (b"name,colour\nanna,red\nben,blue\n", NoCurvesError, "all of them text"),
        (b"x" * 5_000 + b"\nfoo\n", NoCurvesError, "found are 'x{1,60}: all"),
        (b"name,score\nanna,3\nben,4\n", NoCurvesError, "none of them a loss or metric"),
        (b"epoch,train_loss\n,1\n,2\n", None, "rows were counted"),
        (b"epoch,train_loss,val_loss\nnan,1,2\n", NoCurvesError, "no row has both"),
        (b'{"layers": [1, 2], "sizes": [3]}', NoCurvesError, "'layers', 'sizes'"),
        (b'{"log_history": []}', NoCurvesError, "log_history is empty"),
        (b'{"type": "History", "schema_version": 1, "curves": {}}', FormatError, "missing"),
        (b'{"type": "Report", "schema_version": 99, "history": {}}', FormatError, "schema version"),
    ],
)
def test_unreadable_content(raw: bytes, kind: type[ReadError] | None, phrase: str) -> None:
    """Each kind of broken content has its own sentence, with the source in it."""
    if kind is None:
        (history,) = read_log(Log(source="some.log", raw=raw))
        assert phrase in history.warnings[0]
        return
    with pytest.raises(kind, match=phrase) as caught:
        read_log(Log(source="some.log", raw=raw))
    assert caught.value.where
    assert caught.value.todo


def test_broken_json_names_the_line() -> None:
    """The message says in which line the JSON is broken."""
    with pytest.raises(FormatError, match="line 2, column"):
        read_log(Log(source="x.json", raw=b'{"loss": [1, 2],\n"val_loss": [1,,]}'))
    with pytest.raises(FormatError, match="line 2"):
        read_log(Log(source="x.jsonl", raw=b'{"loss": 1}\n{"loss" 1}\n{"loss": 1}\n'))


def test_unknown_text_names_the_known_formats() -> None:
    """Text in no known format lists what can be read."""
    with pytest.raises(FormatError, match=r"Hugging Face trainer_state\.json"):
        read_log(Log(source="x", raw=b"[1, 2]"))


def test_missing_file_and_bad_paths(tmp_path: Path) -> None:
    """A missing file, a zero byte in the name and a folder where a file was expected are told apart."""
    with pytest.raises(ReadError, match="no such file"):
        read_history(tmp_path / "none.csv")
    with pytest.raises(ReadError, match="cannot be read"):
        read_history("a\0b.csv")
    with pytest.raises(ReadError, match="this is a directory"):
        Log.open(tmp_path)


def test_too_many_names() -> None:
    """Records whose names are data are refused before they fill the memory."""
    lines = "".join(f'{{"key{n}": 1}}\n' for n in range(8_000)).encode()
    with pytest.raises(FormatError, match="different quantities"):
        read_log(Log(source="x.jsonl", raw=lines))


def test_readers_are_named_once() -> None:
    """The tuple of readers holds each of them once, under its own name."""
    assert len({reader.name for reader in READERS}) == len(READERS)
    assert all(isinstance(reader, Reader) for reader in READERS)


def test_readers_refuse_what_they_do_not_accept() -> None:
    """A reader that is given a foreign log raises a FormatError, not something else."""
    table, lists = Log(source="x", raw=b"a,b\n1,2\n"), Log(source="x", raw=b"[1]")
    for reader in READERS:
        for log in (table, lists):
            if not reader.accepts(log):
                with pytest.raises(ReadError):
                    reader.read(log)


def test_readers_of_others_can_be_given() -> None:
    """A reader that is not in the tuple is used when it is passed."""
    with pytest.raises(FormatError, match="no training log"):
        read_log(Log(source="x", raw=b"a,val_loss\n1,2\n"), readers=())


@pytest.mark.parametrize(
    "raw",
    [
        b'{"type": ["History"], "schema_version": 1, "curves": {}}',
        b'{"type": {"a": 1}, "schema_version": 1, "curves": {}}',
        dumps(History(curves={})).encode(),
        dumps(History(curves={"a": Curve.of([2], split=Split.TRAIN)})).replace("2.0", "9" * 400).encode(),
    ],
)
def test_own_json_that_others_wrote(raw: bytes) -> None:
    """A type that is no word, a history without a curve and a number beyond floats are refused like everything else."""
    with pytest.raises(ReadError):
        read_log(Log(source="x.json", raw=raw))
