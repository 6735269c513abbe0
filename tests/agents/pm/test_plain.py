"""What is found at once in plain values is what expat finds, wherever they stand and however a file is cut."""

import re
from dataclasses import dataclass
from itertools import pairwise
from unittest.mock import patch

import pytest
from agents.pm.files import GOOD, Info, made, made_28532
from hypothesis import example, given
from hypothesis import strategies as st

from agents.pm import parse
from agents.pm.errors import PmError
from agents.pm.parse import Parser
from agents.pm.plain import VALUE
from agents.pm.schema import Block

HEAD = '<measCollecFile xmlns:m="u"><measData><managedElement localDn="E"/><measInfo>'
TAIL = "</measInfo></measData></measCollecFile>"
TYPES = '<measType p="1">A</measType><measType p="2">B</measType><measType p="7">C</measType>'
PLAIN = '<measValue measObjLdn="o"><r p="1">5</r>\n<r p="7" /> <suspect>true</suspect></measValue>\n'
LISTED = '<measValue measObjLdn="o-1">\r\n <measResults>1 NIL\t3</measResults></measValue>'
PREFIXED = [re.sub("<(/?)", rf"<\1{prefix}:", PLAIN) for prefix in ("m", "n")]
WHOLE = HEAD + TYPES + PLAIN + LISTED + TAIL
PARTS = [PLAIN, *PREFIXED, LISTED, TYPES, "</measInfo><measInfo>", "</measInfo></measData><measData><measInfo>"]
PARTS += [
    '<measValue measObjLdn="',
    "<measValue measObjLdn='q'>",
    "</measValue>",
    '<r p="1">',
    "</r>",
    '<r p="2"/>',
    "<r/>",
]
PARTS += [
    "<m:",
    "</m:",
    "<n:measValue>",
    "<x>",
    "</x>",
    "<suspect>1</suspect>",
    "<suspect/>",
    "<measResults>",
    "</measResults>",
]
PARTS += [
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "<?p ",
    "?>",
    "&amp;",
    "&#55;",
    "&no;",
    ">",
    '"',
    "-",
    " ",
    "\r",
    "\n",
    "\t",
    "\0",
]
LETTERS = st.text("o-<>&;\"' \t\r\n\x7f\x85éăạ\u0800\u3042\ud7ff\ue000\ufffe\uffff\U0001f4a9", max_size=4)
NAMED = LETTERS.map(lambda name: PLAIN.replace('"o"', f'"{name}"'))
VALUED = LETTERS.map(lambda value: PLAIN.replace("5", value))
NEVER = re.compile(rb"(?!)")


@dataclass(frozen=True)
class Said:
    """Of one object: the block's element and counters, its name, its values, whether they are suspect."""

    element: str
    counters: tuple[str, ...]
    name: str
    values: tuple[tuple[str, str], ...]
    is_suspect: bool


class Reader:
    """Takes down all that a file says, but for objects of no element, or whose names end with a minus."""

    def __init__(self) -> None:
        self.said: list[Said] = []

    def header(self, vendor: str, prefix: str, version: str) -> None: ...

    def block(self, block: Block) -> frozenset[str]:
        return frozenset(name for name in block.types.values() if name != "B")

    def wants(self, block: Block, name: str) -> bool:
        return block.element == "E" and not name.endswith("-")

    def value(self, block: Block, name: str, values: dict[str, str], *, is_suspect: bool) -> None:
        given = tuple(sorted(values.items()))
        self.said.append(Said(block.element, tuple(block.types.values()), name, given, is_suspect))


def read(data: bytes, cuts: list[int], *, at_once: bool) -> tuple[list[Said], str]:
    """What a file says, until it is refused, and why."""
    reader = Reader()
    parser = Parser(reader)
    ends = sorted({cut % (len(data) + 1) for cut in cuts} | {0, len(data)})
    with patch.object(parse, "VALUE", VALUE if at_once else NEVER):
        try:
            for first, last in pairwise(ends):
                parser.feed(data[first:last])
            parser.close()
        except PmError as error:
            return reader.said, str(error)
    return reader.said, ""


def is_the_same(data: bytes, cuts: list[int]) -> None:
    """Expat's own words depend on how a file is cut; what is wrong and in which line does not."""
    (said, why), (expected, reason) = read(data, cuts, at_once=True), read(data, [], at_once=False)
    own_words = re.compile("XML: .*, line")
    assert (said, own_words.sub("", why)) == (expected, own_words.sub("", reason))


def test_a_plain_file_is_read_without_expat_but_for_its_heads() -> None:
    said, why = read(WHOLE.encode(), [], at_once=True)
    assert why == ""
    assert said == [
        Said("E", ("A", "B", "C"), "o", (("A", "5"), ("C", "")), is_suspect=True),
        Said("E", ("A", "B", "C"), "o-1", (("A", "1"), ("C", "3")), is_suspect=False),
    ]
    left = VALUE.sub(b"", WHOLE.encode())
    assert b"measValue" not in left


@given(
    st.lists(st.sampled_from(PARTS) | NAMED | VALUED | LETTERS, max_size=12), st.lists(st.integers(0, 2000), max_size=5)
)
@example(["<![CDATA[", PLAIN, "]]>", PLAIN], [])
@example(["<!--", PLAIN, "-->"], [60, 70, 80])
@example(["<x>", PLAIN, "</x>"], [])
@example([PLAIN, TYPES], [])
def test_a_block_of_any_parts_says_the_same(parts: list[str], cuts: list[int]) -> None:
    is_the_same((HEAD + TYPES + "".join(parts) + TAIL).encode(errors="surrogatepass"), cuts)


@given(
    st.sampled_from(
        [
            made(Info({"A=1": GOOD, "A=2": GOOD}, suspect=("A=1",))),
            made(Info({"A=1": GOOD, "Căn=2": GOOD}, listed=True), ns="mc:"),
            made_28532(Info({"A=1": GOOD, "A=2": GOOD})),
        ]
    ),
    st.lists(
        st.tuples(
            st.integers(0, 4000), st.integers(0, 9), st.sampled_from(PARTS).map(str.encode) | st.binary(max_size=4)
        )
    ),
    st.lists(st.integers(0, 4000), max_size=5),
)
def test_a_file_that_was_changed_anywhere_says_the_same(
    data: bytes, changes: list[tuple[int, int, bytes]], cuts: list[int]
) -> None:
    for at, cut, put in changes:
        data = data[:at] + put + data[at + cut :]
    is_the_same(data, cuts)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "us-ascii", "iso-8859-1", "windows-1258", "cp037", "utf-16", "utf-16-le", "utf-8-sig"]
)
@pytest.mark.parametrize(
    "declared", [None, "utf-8", "UTF-8", "us-ascii", "iso-8859-1", "windows-1258", "cp037", "utf-16"]
)
def test_a_file_in_any_encoding_says_the_same(encoding: str, declared: str | None) -> None:
    head = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    data = (head + WHOLE).encode(encoding)
    is_the_same(data, [len(head) + 5])
    for name in ("é".encode(), b"\xe9"):
        is_the_same(data.replace(b'"o"', b'"' + name + b'"'), [])


def test_values_in_the_letters_of_utf_16_are_none() -> None:
    hidden = "  " + PLAIN + " " * (len(PLAIN) % 2)
    text = HEAD + TYPES + hidden.encode().decode("utf-16-le") + TAIL
    data = text.encode("utf-16")
    assert VALUE.search(data)
    assert read(data, [], at_once=True) == ([], "")


def test_the_line_of_an_error_is_that_of_the_file() -> None:
    data = (HEAD + TYPES + PLAIN * 3 + "\n</x>").encode()
    _, why = read(data, [], at_once=True)
    assert why.endswith("line 8")
    is_the_same(data, [])
