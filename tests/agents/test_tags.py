"""What an index calls a row: texts with their lengths before them, and whatever else it may be."""

from hypothesis import given
from hypothesis import strategies as st

from agents.tags import index_string, index_text

TEXTS = st.lists(st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF, categories=["L", "N"])), max_size=4)


@given(TEXTS)
def test_texts_of_an_index_are_read_back_in_their_order(texts: list[str]) -> None:
    index: list[int] = []
    for one in texts:
        index += [len(one.encode()), *one.encode()]
    for number, one in enumerate(texts):
        assert index_string(tuple(index), number) == (one or "0")
    assert index_string(tuple(index), len(texts)) == index_text(tuple(index))


@given(st.lists(st.integers(0, 2**32 - 1), max_size=128), st.integers(0, 8))
def test_any_index_has_some_text_and_nothing_escapes(index: list[int], number: int) -> None:
    assert index_string(tuple(index), number) or not index


def test_lengths_that_lead_out_of_the_index_give_the_whole_of_it() -> None:
    assert index_string((3, 97, 98), 0) == "3.97.98"
    assert index_string((1, 97, 4_000_000_000), 1) == "1.97.4000000000"
    assert index_string((1, 256), 0) == "1.256"
