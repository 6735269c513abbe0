"""A table out of CSV text (RFC 4180), as spreadsheets write it: plain values of its rows, with their lines.

The first row names the columns. Cells are text without the white space around it; an empty one is no value. Columns are
parted by commas, or by semicolons where the first row has only such.
"""

import csv
import io
from collections.abc import Iterator, Set
from typing import NamedTuple

from contract.config_file import ConfigError, Problem, did_you_mean
from contract.yaml_tree import STRANGE

MAX_SHOWN = 40


class Column(NamedTuple):
    """What a column may be: `needed` in each row; `many`: words parted by spaces."""

    needed: bool
    many: bool


Row = dict[str, str | list[str]]


def read(text: str, file: str, columns: dict[str, Column]) -> tuple[list[Row], list[int]]:
    """Return the rows that are not empty, and the line on which each begins.

    Raises:
        ConfigError: it is no such table; what is in its cells is not judged.
    """
    text = text.removeprefix("\ufeff")
    if strange := STRANGE.search(text):
        line = text.count("\n", 0, strange.start()) + 1
        raise ConfigError([Problem(file, line, "", "has a character that is not text: save the table as CSV UTF-8")])
    first = text.partition("\n")[0]
    rows = cells(text, file, ";" if ";" in first and "," not in first else ",")
    line, names = next(rows, (0, []))
    if problems := _wrong(names, columns, file, line):
        raise ConfigError(problems)
    out: list[Row] = []
    lines: list[int] = []
    for line, row in rows:
        if len(row) != len(names):
            hint = ": text with a comma or semicolon in it needs quotes around it" if len(row) > len(names) else ""
            text = f"has {len(row)} cells where the first row has {len(names)}{hint}"
            problems.append(Problem(file, line, "", text))
            continue
        given = {name: cell for name, cell in zip(names, row, strict=True) if cell}
        if given:
            out.append({name: cell.split() if columns[name].many else cell for name, cell in given.items()})
            lines.append(line)
    if problems:
        raise ConfigError(problems)
    return out, lines


def cells(text: str, file: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield line and cells of each row that has any, without the white space around them.

    Raises:
        ConfigError: it is no CSV.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            what = "a quote begins here that nothing ends" if "end of data" in str(error) else f"is not CSV: {error}"
            raise ConfigError([Problem(file, line, "", what)]) from None
        if row := [cell.strip() for cell in row]:
            yield line, row


def _wrong(names: list[str], columns: dict[str, Column], file: str, line: int) -> list[Problem]:
    """Return what is wrong with the first row."""
    if not any(names):
        return [Problem(file, line, "", f"has no first row with the names of columns: {', '.join(columns)}")]
    out = []
    for number, name in enumerate(names, 1):
        if name not in columns:
            what = f"{name[:MAX_SHOWN]} is not a known column{did_you_mean(name[:MAX_SHOWN], columns)}"
            out.append(Problem(file, line, "", what if name else f"column {number} has no name"))
        elif name in names[: number - 1]:
            out.append(Problem(file, line, "", f"column {name} is given twice"))
    missing: Set[str] = {name for name, column in columns.items() if column.needed} - set(names)
    return out + [Problem(file, line, "", f"column {name} is missing") for name in columns if name in missing]
