"""A table as spreadsheets save it, with their habits told or put right: plain rows of cells, with their lines. Pure.

What is put right: a mark at the beginning (BOM), a first line `sep=;`, semicolons or tabs between cells, blanks that do
not break, letters in two parts (as macOS writes accents), empty columns and rows at the end.
"""

import unicodedata
from dataclasses import dataclass
from typing import Final

from contract import csv_table
from contract.config_file import ConfigError, Problem
from contract.yaml_tree import STRANGE

DELIMITERS: Final = (";", "\t", ",")
_INVISIBLE: Final = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_ADVICE: Final = "text with a comma or semicolon in it needs quotes around it"


@dataclass(frozen=True, slots=True)
class Sheet:
    """The first row with its line, and the others that have anything in them, as long as the first."""

    line: int
    names: list[str]
    rows: list[tuple[int, list[str]]]
    commas: bool
    """Numbers have a decimal comma: cells are not parted by commas, as in the spreadsheets of this country."""


def read(text: str, file: str) -> Sheet:
    """Read the table.

    Raises:
        ConfigError: it is none; what its names and cells say is not judged.
    """
    text = text.removeprefix("\ufeff")
    if strange := STRANGE.search(text):
        line = text.count("\n", 0, strange.start()) + 1
        raise ConfigError([Problem(file, line, "", "has a character that is not text: save the table as CSV UTF-8")])
    delimiter, body = _delimiter(text)
    found = [
        (line, [_plain(cell) for cell in cells])
        for line, cells in csv_table.cells(body, file, delimiter)
        if any(map(_plain, cells))
    ]
    if not found:
        raise ConfigError([Problem(file, 0, "", "has no first row with the names of columns, such as id,name")])
    (line, names), *rows = found
    width = max(i for i, name in enumerate(names, 1) if name)
    problems = [
        Problem(file, at, "", f"has {len(cells)} cells where the first row has {width}: {_ADVICE}")
        for at, cells in rows
        if any(cells[width:])
    ]
    if problems:
        raise ConfigError(problems)
    whole = [(at, [*cells, *[""] * width][:width]) for at, cells in rows]
    return Sheet(line, names[:width], whole, commas=delimiter != ",")


def _delimiter(text: str) -> tuple[str, str]:
    """Return what parts cells, and the text without what says so: its lines keep their numbers."""
    first, end, rest = text.partition("\n")
    if first.lower().startswith("sep=") and first.strip()[4:] in DELIMITERS:
        return first.strip()[4:], end + rest
    head = next((line for line in text.splitlines() if line.strip()), "")
    return max(DELIMITERS, key=head.count), text


def _plain(cell: str) -> str:
    return " ".join(unicodedata.normalize("NFC", cell.translate(_INVISIBLE)).split())
