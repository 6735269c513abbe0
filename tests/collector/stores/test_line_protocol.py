"""Whatever a device says, a line means exactly the intended point and nothing else."""

import math
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from collector.line_protocol import lines
from collector.store import Point
from contract.tag_text import MAX_TEXT, clean

_Parsed = tuple[str, dict[str, str], dict[str, str], int]
# What broke other writers: separators, escapes, quotes, ends of lines, halves of characters, invisible ones.
_NASTY = st.text("a,= \\\"'\n\r\t\0_#é\u0301\u2028\u2029\ud800\u202e\U0001f333")
_TEXTS = st.one_of(_NASTY, st.text(st.characters()), st.text(min_size=60, max_size=200))
_WORDS = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
_VALUES = st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.integers(-(2**63), 2**63 - 1))


def parse(line: str) -> _Parsed:
    """A strict reader of one line: every separator that has no backslash counts, and every backslash needs a reason."""
    parts: list[str] = [""]
    marks = ""
    characters = iter(line)
    for character in characters:
        if character == "\\":
            escaped = next(characters)
            assert escaped in ",= ", f"a backslash before {escaped!r}"
            parts[-1] += escaped
        elif character in ",= ":
            marks += character
            parts.append("")
        else:
            assert unicodedata.category(character) not in {"Cc", "Cs", "Zl", "Zp"}, f"{character!r} in a line"
            parts[-1] += character
    head, fields, rest = marks.split(" ")
    assert head == ",=" * (len(head) // 2)
    assert fields == ",".join("=" * (fields.count(",") + 1))
    assert rest == ""
    tags = len(head) // 2
    measurement, names, time = parts[0], parts[1:-1], parts[-1]
    pairs = list(zip(names[::2], names[1::2], strict=True))
    return measurement, dict(pairs[:tags]), dict(pairs[tags:]), int(time)


@given(_TEXTS)
@example("eth0\\,site\\=HQ")
@example("GE0/0/1\\")
def test_clean_text_is_a_safe_tag_value(text: str) -> None:
    safe = clean(text)
    assert safe
    assert len(safe.encode()) <= MAX_TEXT
    assert "\\" not in safe
    assert all(unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} for c in safe)
    assert unicodedata.is_normalized("NFC", safe)
    assert clean(safe) == safe


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "_"),
        ("GE0/0/1", "GE0/0/1"),
        ('Nậm Cắn, ="x"\'', 'Nậm Cắn, ="x"\''),
        ("Nam Ca\u0306\u0301n", "Nam Cắn"),
        ("a\\b\nc\x00d\u2028e\ud800f", "a_b_c_d_e_f"),
        ("x" * 200, "x" * 128),
        ("x" * 127 + "é", "x" * 127),
    ],
)
def test_clean_alters_only_what_a_database_cannot_carry(text: str, expected: str) -> None:
    assert clean(text) == expected


@given(
    _WORDS,
    st.dictionaries(_WORDS, _TEXTS.map(clean), max_size=4),
    st.dictionaries(_WORDS, _VALUES, min_size=1, max_size=4),
    st.integers(-(2**62), 2**62),
)
def test_a_line_read_strictly_is_the_point(
    measurement: str, tags: dict[str, str], fields: dict[str, float | int], time: int
) -> None:
    point = Point.of(measurement, tuple(sorted(tags.items())), tuple(sorted(fields.items())), time)
    text = lines([point]).decode()
    assert text.count("\n") == 1
    found = parse(text.removesuffix("\n"))
    assert found[:2] == (measurement, tags)
    assert found[3] == time
    for name, value in fields.items():
        read = int(found[2][name].removesuffix("i")) if isinstance(value, int) else float(found[2][name])
        assert read == value
        assert found[2][name].endswith("i") == isinstance(value, int)


def test_names_are_escaped_as_the_protocol_says() -> None:
    point = Point.of("a b,c=d", (("k e,y=", "v 1"),), (("f 1,=", 1), ("g", 2.5)), 7)
    assert lines([point]) == b"a\\ b\\,c=d,k\\ e\\,y\\==v\\ 1 f\\ 1\\,\\==1i,g=2.5 7\n"


def test_no_points_are_no_bytes() -> None:
    assert lines([]) == b""


@pytest.mark.parametrize(
    "point",
    [
        Point.of("m", (), (), 1),
        Point.of("m", (), (("f", math.nan),), 1),
        Point.of("m", (), (("f", -math.inf),), 1),
        Point.of("m", (("t", ""),), (("f", 1),), 1),
        Point.of("m", (("t", "a\nforged f=1i"),), (("f", 1),), 1),
        Point.of("m", (("t", "a\\"),), (("f", 1),), 1),
        Point.of("m", (("t", "\ud800"),), (("f", 1),), 1),
        Point.of("", (), (("f", 1),), 1),
    ],
    ids=str,
)
def test_a_point_that_no_line_can_carry_is_an_error(point: Point) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        lines([point])
