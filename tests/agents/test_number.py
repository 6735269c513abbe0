"""Numbers of devices: of any octets one or none, and of texts only what they plainly say."""

from hypothesis import given
from hypothesis import strategies as st

from agents.number import MAX_TEXT, number, written
from agents.snmp import names


def test_a_written_number_has_its_unit_behind_it_or_nothing() -> None:
    assert written(b"54.01", [""]) == 54.01
    assert written(b" -3 ", [""]) == -3.0
    assert written(b"24 C", ["C"]) == 24.0
    assert written(b"24C\0", ["C"]) == 24.0
    assert written(b"75 F", ["C"]) is None
    assert written(b"24", ["C"]) is None
    assert written(b"24", ["C", ""]) == 24.0


def test_what_is_no_number_is_none() -> None:
    texts = (b"", b"n/a", b"--", b"1e3", b"0x10", b"1,5", b".5", b"inf", b"nan", b"\xff\xfe", b"1 2", b"9" * 19)
    assert [written(text, [""]) for text in texts] == [None] * len(texts)
    assert written(b"1" + b" " * MAX_TEXT, [""]) is None
    assert written(7, [""]) is None
    assert number(names.OPAQUE, b"\x9f\x78\x04\x3f\x80\0\0") is None
    assert number(names.OPAQUE, b"\x9f\x78\x04\x3f\x80\0\0", real=True) == 1.0
    assert number(names.COUNTER64, 2**64 - 1) is None


@given(st.decimals(-(10**9), 10**9, places=3), st.sampled_from(["", "V", "Volts"]))
def test_a_number_comes_back_as_it_was_written(value: object, unit: str) -> None:
    assert written(f"{value} {unit}".encode(), [unit]) == float(str(value))


@given(st.binary(max_size=200))
def test_any_octets_are_a_number_or_none(octets: bytes) -> None:
    assert written(octets, [""]) is None or octets.strip(b"\0 \t\r\n").decode("ascii")
