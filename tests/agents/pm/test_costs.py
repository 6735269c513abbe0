"""What it costs to parse and gather a performance file, for each 100 kB of it, up to 1 MiB: 5 ms of CPU at most in the
forms in which files are written, on an idle machine, and a bound for all others. They are read in a thread."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial

import pytest
from agents.cost import cost_s
from agents.pm.files import END, GOOD, Info, cell, gathered, made, made_28532, planned
from hypothesis import given
from hypothesis import strategies as st

from agents.pm.errors import PmError

MOST_S = 0.0075
"""5 ms, and what others do to our caches meanwhile: `python -m benchmarks inputs` has what it is without them."""
IN_ANOTHER_FORM_S = 0.012
"""Expat calls Python for each element, which alone takes 4.8 ms where counters are numbered."""
PART, LONGEST = 100_000, 1 << 20
CELLS = 8_000
PLAN = planned(*(cell(f"c{n}", f"EUtranCellFDD=C{n}") for n in range(CELLS)))
HEAD = f'<measInfo><granPeriod duration="PT900S" endTime="{END}"/>'
ONE = HEAD + "<measTypes>RRU.PrbTotDl</measTypes>"
END_OF_FILE = b"</measData></measCollecFile>"
BLOCK = "<measCollecFile><measData>" + ONE
TWENTY = {**GOOD, **{f"Another.{n}": n for n in range(20 - len(GOOD))}}


def read(data: bytes) -> None:
    """Read or refuse it, in the pieces of a file."""
    with suppress(PmError):
        gathered(data, PLAN, piece=1 << 16)


def up_to(most: int, begin: str, again: Callable[[int], str]) -> bytes:
    """A file that has the same again and again, in another way each time."""
    parts, size, n = [begin.encode()], len(begin), 0
    while size < most:
        parts.append(again(n).encode())
        size += len(parts[-1])
        n += 1
    return b"".join(parts)


def ldn(n: int) -> str:
    return f"ENodeBFunction=1,EUtranCellFDD=C{n % CELLS}"


def blocks(n: int) -> str:
    """A small block, as of a site."""
    return Info({ldn(n * 6 + k): TWENTY for k in range(6)}, listed=True).xml()


def cells(most: int, *, listed: bool = False) -> bytes:
    """A file of cells with 20 counters each, nearly as long as it may be."""
    return made(Info({ldn(n): TWENTY for n in range(most // (200 if listed else 470))}, listed=listed))


def strangers(most: int) -> bytes:
    return cells(most).replace(b"EUtranCellFDD", b"GNBDUFunction=1,NRCellDU")


USUAL: dict[str, Callable[[int], bytes]] = {
    "numbered counters": cells,
    "lists": partial(cells, listed=True),
    "with a prefix": lambda most: made(Info({ldn(n): TWENTY for n in range(most // 600)}), ns="mc:"),
    "by TS 28.532": lambda most: made_28532(Info({ldn(n): TWENTY for n in range(most // 470)})),
    "a line for each element": lambda most: cells(most * 4 // 5).replace(b"><", b">\r\n  <"),
    "small blocks": lambda most: up_to(most - 2_000, "<measCollecFile><measData>", blocks) + END_OF_FILE,
    "cells of others": strangers,
    "of last year": lambda most: cells(most).replace(b'endTime="2026', b'endTime="2025'),
}
OTHERS: dict[str, tuple[str, Callable[[int], str]]] = {
    "one counter": (BLOCK, lambda n: f'<measValue measObjLdn="{ldn(n)}"><r p="1">1</r></measValue>'),
    "one listed counter": (
        BLOCK,
        lambda n: f'<measValue measObjLdn="{ldn(n)}"><measResults>1</measResults></measValue>',
    ),
    "no cell": (BLOCK, lambda _: '<measValue measObjLdn="a"><r p="1">1</r></measValue>'),
    "many that are no cell": (BLOCK, lambda n: f'<measValue measObjLdn="a{n}"><r p="1">1</r></measValue>'),
    "objects of nothing": (BLOCK, lambda _: '<measValue measObjLdn="a"></measValue>'),
    "empty objects": (BLOCK, lambda _: "<measValue measObjLdn='a'/>"),
    "single quotes": (BLOCK, lambda n: f"<measValue measObjLdn='{ldn(n)}'><r p='1'>1</r></measValue>"),
    "references": (BLOCK, lambda n: f'<measValue measObjLdn="{ldn(n)}"><r p="1">&#49;</r></measValue>'),
    "character data": (BLOCK, lambda _: '<measValue measObjLdn="a"><r p="1"><![CDATA[1]]></r></measValue>'),
    "comments in values": (BLOCK, lambda _: '<measValue measObjLdn="a"><!----><r p="1">1</r></measValue>'),
    "blocks of an object": (
        "<measCollecFile><measData>",
        lambda n: f'{ONE}<measValue measObjLdn="{ldn(n)}"><r p="1">1</r></measValue></measInfo>',
    ),
    "counters of a block": (f"<measCollecFile><measData>{HEAD}", lambda n: f'<measType p="{n}">A</measType>'),
    "one counter of a block": (f"<measCollecFile><measData>{HEAD}", lambda _: "<measType p='1'>A</measType>"),
    "a list of counters": (f"<measCollecFile><measData>{HEAD}<measTypes>", lambda _: "A "),
    "values of an object": (BLOCK + "<measValue measObjLdn='a'>", lambda _: "<r p='1'>1</r>"),
    "values without a place": (BLOCK + "<measValue measObjLdn='a'>", lambda _: "<r/>"),
    "marks": (BLOCK + "<measValue measObjLdn='a'>", lambda _: "<suspect/>"),
    "values that do not end": (BLOCK, lambda _: '<measValue measObjLdn="a"><r p="1">1'),
    "periods": (BLOCK, lambda _: "<granPeriod/>"),
    "jobs": (BLOCK, lambda _: "<job/>"),
    "elements": ("<measCollecFile><measData>", lambda _: "<managedElement localDn='a'/>"),
    "data": ("<measCollecFile>", lambda _: "<measData/>"),
    "blocks": ("<measCollecFile><measData>", lambda _: "<measInfo/>"),
    "strange elements": ("<measCollecFile>", lambda _: "<a/>"),
    "attributes": ("<measCollecFile ", lambda _: "a='' "),
    "comments": ("<measCollecFile>", lambda _: "<!-- -->"),
    "lines": ("<measCollecFile>", lambda _: "\n"),
    "an attribute of references": ("<measCollecFile a='", lambda _: "&amp;"),
    "namespaces": ("", lambda n: f"<a{n} xmlns:p{n}='{n}'>"),
    "names without an end": (BLOCK, lambda _: "<aaaa"),
}


@pytest.mark.parametrize("size", [PART, LONGEST])
@pytest.mark.parametrize("form", USUAL)
def test_a_file_as_they_are_written_costs_little(form: str, size: int) -> None:
    data = USUAL[form](size)
    assert size / 2 < len(data) <= size * 1.1
    gathered(data, PLAN)  # it is not refused
    most_s = MOST_S * len(data) / PART
    assert cost_s(partial(read, data), most_s) < most_s


@pytest.mark.parametrize("size", [PART, LONGEST])
@pytest.mark.parametrize("form", OTHERS)
def test_no_file_of_any_form_costs_over_12_ms_for_100_kb(form: str, size: int) -> None:
    data = up_to(size, *OTHERS[form])
    most_s = IN_ANOTHER_FORM_S * len(data) / PART
    assert cost_s(partial(read, data), most_s) < most_s


FRAGMENTS = [
    *("<measValue measObjLdn='a'>", '<measValue measObjLdn="EUtranCellFDD=C1">', "</measValue>", "<r p='1'>", "</r>"),
    *('<r p="1">1</r>', "<r/>", "<measResults>1</measResults>", "<suspect>true</suspect>", "<suspect/>", "<x>", "</x>"),
    *(
        "<measType p='1'>A</measType>",
        "</measInfo>",
        HEAD,
        ONE,
        "<![CDATA[",
        "]]>",
        "<!---->",
        "&lt;",
        "&#49;",
        "é",
        " ",
    ),
]


@given(st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=3), min_size=1, max_size=12))
def test_whatever_is_in_a_file_again_and_again_costs_no_more(parts: list[str]) -> None:
    data = up_to(PART, BLOCK, lambda _: "".join(parts) or " ")
    assert cost_s(partial(read, data), IN_ANOTHER_FORM_S) < IN_ANOTHER_FORM_S
