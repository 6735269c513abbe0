"""A screen as lines: tables of one line a row, and sections that share the lines there are."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rich.cells import cell_len
from rich.text import Text

from contract.printable import printable

GAP = "   "
Part = tuple[str, str]  # a text and its style


class Section(NamedTuple):
    """Lines that belong together, the most important first; of them so many should be there on any screen."""

    lines: Sequence[Text]
    least: int


class Column(NamedTuple):
    """A column: its header, and a text with its style for each row. One that is not `needed` is left out where there
    is no room."""

    header: str
    cells: Sequence[Part]
    is_left: bool = False
    needed: bool = True


def fit(sections: Iterable[Section], lines: int | None) -> list[Text]:
    """Return the lines of all sections, or as many as are allowed: first the least of each, in their order, then more
    of the first."""
    every = list(sections)
    if lines is None:
        return [line for section in every for line in section.lines]
    given, left = [], max(0, lines)
    for section in every:
        given.append(min(section.least, len(section.lines), left))
        left -= given[-1]
    for number, section in enumerate(every):
        more = min(left, len(section.lines) - given[number])
        given[number] += more
        left -= more
    return [line for section, count in zip(every, given, strict=True) for line in section.lines[:count]]


def table(columns: Iterable[Column], width: int) -> list[Text]:
    """Return a header and the rows, no wider than that as long as the needed columns, close together, are not."""
    chosen, gap = list(columns), 2
    while _width(chosen, gap) > width and not all(column.needed for column in chosen):
        chosen.remove(next(column for column in reversed(chosen) if not column.needed))
    if _width(chosen, gap) > width:
        gap = 1
    heads = [(column.header, "bold") for column in chosen]
    rows = [heads, *zip(*(column.cells for column in chosen), strict=True)]
    space = " " * gap
    return [
        line(*(_padded(part, column) for part, column in zip(row, chosen, strict=True)), between=space) for row in rows
    ]


def line(*parts: Part, between: str = "") -> Text:
    """Return one line, cut at its end where there is no room for it."""
    out = Text(no_wrap=True, overflow="ellipsis")
    for number, (text, style) in enumerate(parts):
        out.append(between if number else "")
        out.append(printable(text), style=style)
    return out


def _padded(part: Part, column: Column) -> Part:
    text, style = printable(part[0]), part[1]
    space = " " * (_wide(column) - cell_len(text))
    return (text + space if column.is_left else space + text), style


def _wide(column: Column) -> int:
    return max(cell_len(printable(text)) for text, _ in ((column.header, ""), *column.cells))


def _width(columns: Sequence[Column], gap: int) -> int:
    return sum(map(_wide, columns)) + gap * (len(columns) - 1)
