"""From the text of a cell to what the inventory reads: decimal commas, yes and no in Vietnamese. Pure."""

import re
from collections.abc import Mapping
from typing import Final, get_args

from pydantic import BaseModel

from contract.csv_table import Column

Value = str | list[str]
_COMMA: Final = re.compile(r"-?\d+,\d+")
_THOUSANDS: Final = {",": re.compile(r"-?[1-9]\d{0,2},\d{3}"), ".": re.compile(r"-?[1-9]\d{0,2}\.\d{3}")}
_DEGREES: Final = ("lat", "lon")
_BOOL: Final = {"có": "true", "co": "true", "x": "true", "không": "false", "khong": "false"}


class CellError(ValueError):
    """A cell that could be read in two ways; the text says how to write it."""


def values(
    model: type[BaseModel], columns: Mapping[str, Column], given: Mapping[str, str], *, commas: bool
) -> dict[str, Value]:
    """Return the cells of a row that are not empty. With `commas` numbers have a decimal comma.

    Raises:
        CellError: a number may be a thousand times another.
    """
    out: dict[str, Value] = {}
    for name, cell in given.items():
        if not cell:
            continue
        types = _types(model.model_fields[name].annotation)
        if columns[name].many:
            out[name] = cell.replace(",", " ").replace(";", " ").split()
        elif float in types:
            other = "." if commas else ","
            if name not in _DEGREES and _THOUSANDS[other].fullmatch(cell):
                whole, part = cell.replace(other, ""), cell.replace(other, "," if commas else ".")
                raise CellError(f"{name}: {cell} may be {whole} or {part}: write the one that is meant")
            out[name] = cell.replace(",", ".") if _COMMA.fullmatch(cell) else cell
        elif bool in types:
            out[name] = _BOOL.get(cell.casefold(), cell.casefold())
        else:
            out[name] = cell
    return out


def _types(annotation: object) -> set[object]:
    """Return the types of a field, with those that it is put together of."""
    return {annotation} | {one for part in get_args(annotation) for one in _types(part)}
