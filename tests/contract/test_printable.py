"""Texts of others: one line, nothing that a terminal obeys, and what is harmless stays as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.printable import printable


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Trạm Năm Căn 01 (mẫu tự sinh)", "Trạm Năm Căn 01 (mẫu tự sinh)"),
        ("a\nb\r\x1b[2J\x9b2J", r"a\nb\r\x1b[2J\x9b2J"),
        ("\u202egnp.exe\u2028", r"\u202egnp.exe\u2028"),
        ("\ud800", r"\ud800"),
    ],
)
def test_what_a_terminal_would_obey_is_escaped(said: str, shown: str) -> None:
    assert printable(said) == shown


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_becomes_one_printable_line_and_stays_so(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    assert printable(shown) == shown
