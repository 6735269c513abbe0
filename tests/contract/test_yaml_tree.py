"""YAML to plain values: exact lines, bounded work, and no message that repeats the text."""

import time

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from contract import yaml_tree
from contract.yaml_tree import Key, TreeError, read

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
TREES = st.recursive(
    SCALARS,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=5) | st.integers(), below, max_size=3),
    max_leaves=10,
)
LAUGHS = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 20))


@settings(deadline=None)
@given(TREES)
def test_a_text_is_read_as_the_library_reads_it(tree: object) -> None:
    text = yaml.safe_dump(tree, allow_unicode=True)
    assert read(text, {}) == (yaml.safe_load(text), [])


@settings(deadline=None)
@given(st.text(max_size=60) | st.text(alphabet="-[]{}:,*&!|>'\"%@# \na1?", max_size=60))
def test_any_text_is_a_tree_or_a_tree_error(text: str) -> None:
    for loader in (yaml_tree._LOADER, yaml.SafeLoader):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(yaml_tree, "_LOADER", loader)
            try:
                read(text, {})
            except TreeError as error:
                said = error
                assert 0 <= said.line <= len(text.splitlines()) + 2


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[" * 100_000, "nested deeper"),
        ("- " * 100_000, "nested deeper"),
        ("{a: " * 100_000, "nested deeper"),
        ("? " * 100_000, "nested deeper"),
        (LAUGHS, "too large"),
        ("&a [*a]", "too large"),
        ("a: &a {b: *a}", "too large"),
        ("a: *b", "an alias needs its anchor"),
        ("a: [1", "not YAML"),
        ("a: 1\n--- b", "more than one document"),
        ("a: \x00", "not text"),
        ("a: \ud800", "not text"),
    ],
)
def test_what_would_harm_its_reader_is_refused_at_once(text: str, why: str) -> None:
    began = time.process_time()
    with pytest.raises(TreeError, match=why):
        read(text, {})
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    "scalar",
    [
        "9" * 5000,
        "1" + ":1" * 5000,
        "1" + ":00" * 5000 + ".5",
        "2026-13-01",
        "!!int x",
        "!unknown x",
        "0b_",
        "!!python/name:os.system",
    ],
)
def test_a_value_that_cannot_be_read_is_named_by_line_and_key_and_not_repeated(scalar: str) -> None:
    _, found = read(f"a: 1\nb:\n  c: {scalar}\n", {})
    [(line, key, message)] = found
    assert (line, key) == (3, ("b", "c"))
    assert "put it in quotes" in message
    assert scalar not in message


def test_each_key_has_its_line() -> None:
    lines: dict[Key, int] = {}
    read("a:\n  - b: 1\n    c: 2\n  -\n    b: 3\n", lines)
    assert lines["a", 0, "c"] == 3
    assert lines["a", 1, "b"] == 5


def test_a_key_given_twice_is_said_with_both_lines() -> None:
    _, found = read("a: 1\nb: 2\na: 3\n", {})
    assert found == [(3, ("a",), "is given twice (also in line 1)")]


@pytest.mark.parametrize("key", ["true", "off", "1.5", "~", "[a]", "2026-01-01"])
def test_a_key_that_is_no_word_is_said(key: str) -> None:
    _, found = read(f"? {key}\n: 1\n", {})
    assert [message for _, _, message in found] == ["a key is a word or a whole number: put it in quotes"]


def test_an_alias_stands_for_its_anchor() -> None:
    assert read("a: &x {b: 1}\nc: *x\n", {})[0] == {"a": {"b": 1}, "c": {"b": 1}}


def test_an_empty_text_is_an_empty_mapping() -> None:
    assert read("# nothing\n", {}) == ({}, [])
