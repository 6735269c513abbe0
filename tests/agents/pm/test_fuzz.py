"""Whatever is in the drop folder: a file is read or refused with a reason, and nothing escapes."""

from pathlib import Path

import pytest
from agents.fuzzing import LONG_S, SHORT_S, for_long, fuzz, needs_atheris
from agents.pm.files import GOOD, Info, cell, gathered, made, made_28532, planned, zipped
from hypothesis import given
from hypothesis import strategies as st

from agents.pm.errors import PmError
from agents.pm.gather import Gather

TARGET = Path(__file__).with_name("fuzz_files.py")
PLAN = planned(cell("a1", "EUtranCellFDD=A1"))
LDN = "ENodeBFunction=1,EUtranCellFDD=A1"
FILES = [
    made(Info({LDN: GOOD}), Info({LDN: {"RRU.PrbTotUl": 3}}, suspect=(LDN,))),
    made(Info({LDN: GOOD}, listed=True), ns="mc:"),
    made_28532(Info({LDN: GOOD})),
]
TOKENS = [b"<measInfo>", b"</measInfo>", b"<measValue measObjLdn='a'>", b"<r p='1'>", b"</r>", b"<r/>", b"<!DOCTYPE a>"]
TOKENS += [
    b"<![CDATA[",
    b"]]>",
    b"&lt;",
    b"&#0;",
    b"\x00",
    b"\xff",
    b'"',
    b"<?x?>",
    b"<!--",
    b"-->",
    b"NIL",
    b"9" * 400,
]
LONGEST = 1 << 20


def read_or_refused(data: bytes) -> Gather | None:
    try:
        found = gathered(data, PLAN, piece=1 << 16)
    except PmError:
        return None
    for batch in found.batches():
        batch.model_dump_json()
    return found


@given(
    st.sampled_from(FILES),
    st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 40), st.sampled_from(TOKENS) | st.binary(max_size=6))),
)
def test_a_file_that_was_changed_anywhere_is_read_or_refused(
    data: bytes, changes: list[tuple[int, int, bytes]]
) -> None:
    for at, cut, put in changes:
        data = data[:at] + put + data[at + cut :]
    read_or_refused(data)


@given(st.binary(max_size=2000))
def test_what_is_no_file_at_all_is_refused(data: bytes) -> None:
    assert read_or_refused(data) is None


@given(st.integers(0, 5000))
def test_half_a_file_is_never_taken_for_a_whole_one(at: int) -> None:
    for data in FILES:
        if at < len(data.rstrip()):
            assert read_or_refused(data[:at]) is None


def seeds() -> list[bytes]:
    """The files with the names that the target knows, plain and packed: whole, in members, cut, and of zeros."""
    names = {b"EUtranCellFDD=A1": b"C=1", b"RRU.CellUnavailableTime.sum": b"U", b"RRC.ConnEstabAtt.sum": b"A"}
    found = FILES
    for name, short in names.items():
        found = [seed.replace(name, short) for seed in found]
    first, second, third = found
    packed = [zipped(first), zipped(second[:700]) + zipped(second[700:]), zipped(third)[:-9], zipped(bytes(LONGEST))]
    return found + packed


@needs_atheris
def test_atheris_finds_nothing_in_some_seconds(tmp_path: Path) -> None:
    fuzz(tmp_path, TARGET, seeds(), SHORT_S, longest=LONGEST)


@needs_atheris
@pytest.mark.torture
@for_long
def test_atheris_finds_nothing_in_ten_minutes(tmp_path: Path) -> None:
    fuzz(tmp_path, TARGET, seeds(), LONG_S, longest=LONGEST)


@needs_atheris
@pytest.mark.torture
@for_long
def test_atheris_finds_nothing_in_files_of_nearly_a_mebibyte(tmp_path: Path) -> None:
    whole = made(Info({f"C={n}": {**GOOD, "A": n, "U": 9} for n in range(3_000)}))
    assert LONGEST * 3 // 4 < len(whole) < LONGEST
    fuzz(tmp_path, TARGET, [whole, zipped(whole)], LONG_S // 5, longest=LONGEST)
