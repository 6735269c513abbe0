"""An inventory in files: one of YAML, or a folder with a YAML file for the short and CSV tables for the long lists.

In the folder `inventory.yaml` is as the file would be. A list may be in a table of its name instead, such as
`sites.csv`, whose columns are the keys of its entries.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import get_origin

import yaml
from pydantic import BaseModel

from contract import csv_table, durable, yaml_tree
from contract.config_file import ConfigError, Key, Loaded, Places, Problem, did_you_mean, load, read_text, typed
from contract.csv_table import Column
from contract.inventory import AgentEntry, Area, Cell, Device, Inventory, Link, Sensor, Site

FILE = "inventory.yaml"
TABLES: Mapping[str, type[BaseModel]] = {
    "areas": Area,
    "sites": Site,
    "agents": AgentEntry,
    "devices": Device,
    "sensors": Sensor,
    "links": Link,
    "cells": Cell,
}
_SHORT = ("agents",)  # written to YAML


def read(path: Path) -> Loaded[Inventory]:
    """Read the file or the folder.

    Raises:
        ConfigError: with every problem of every file.
    """
    return _read_folder(path) if path.is_dir() else load(path, Inventory)


def files(path: Path) -> list[Path]:
    """Return the files that an inventory is read from, there or not."""
    return [path / FILE, *sorted(path.glob("*.csv"))] if path.is_dir() else [path]


def write(inventory: Inventory, folder: Path, comment: str = "") -> None:
    """Write the folder, with a comment at the head of the YAML file. A table has the columns that it needs, and a list
    without entries no table.

    Raises:
        OSError: a file cannot be written.
    """
    short = inventory.model_dump(mode="json", include={*_SHORT, "credentials"}, exclude_defaults=True)
    head = "".join(f"# {line}\n" for line in comment.splitlines())
    body = yaml.safe_dump(short, allow_unicode=True, sort_keys=False) if short else ""
    (folder / FILE).write_text(head + body, encoding="utf-8")
    for name in TABLES:
        write_table(folder, name, () if name in _SHORT else getattr(inventory, name))


def write_table(folder: Path, name: str, entries: Sequence[BaseModel]) -> None:
    """Write one list of an inventory to its table; without entries there is none.

    Raises:
        OSError: it cannot be written; what was there still is.
    """
    path = folder / f"{name}.csv"
    if entries:
        durable.replace(path, _table(entries, TABLES[name]).encode())
    else:
        path.unlink(missing_ok=True)


def columns(model: type[BaseModel]) -> dict[str, Column]:
    """Return the columns of a table, by name."""
    return {
        name: Column(field.is_required(), get_origin(field.annotation) in (list, tuple))
        for name, field in model.model_fields.items()
    }


def _read_folder(folder: Path) -> Loaded[Inventory]:
    main = folder / FILE
    problems: list[Problem] = []
    data: dict[str | int, object] = {}
    places = Places(str(main), {}, {})
    if main.exists():
        try:
            data = _yaml(main, places, problems)
        except ConfigError as error:
            problems += error.problems
    tables: dict[str, str] = {}
    for path in sorted(folder.glob("*.csv")):
        name, file = path.stem, str(path)
        if name not in TABLES:
            known = [f"{table}.csv" for table in TABLES]
            problems.append(Problem(file, 0, "", f"is no list of an inventory{did_you_mean(path.name, known)}"))
            continue
        if name in data:
            text = f"{name} are in {path.name} as well: keep one of the two"
            problems.append(Problem(str(main), places.lines.get((name,), 0), name, text))
        tables[name] = file
        try:
            rows, lines = csv_table.read(read_text(path), file, columns(TABLES[name]))
        except ConfigError as error:
            problems += error.problems
            data.pop(name, None)
            continue
        data[name] = rows
        places.lines.update({(name,): 1} | {(name, i): line for i, line in enumerate(lines)})
    if not main.exists() and not tables:
        problems.append(Problem(str(folder), 0, "", f"has neither {FILE} nor a table such as sites.csv"))
    return typed(data, Inventory, Places(str(main), places.lines, tables), problems)


def _yaml(path: Path, places: Places, problems: list[Problem]) -> dict[str | int, object]:
    text = read_text(path)
    try:
        data, found = yaml_tree.read(text, places.lines)
    except yaml_tree.TreeError as error:
        raise ConfigError([Problem(str(path), error.line, "", str(error))]) from None
    problems += [Problem(str(path), line, _key(key), message) for line, key, message in found]
    if not isinstance(data, dict):
        raise ConfigError([Problem(str(path), 1, "", "must be a mapping of keys to values")])
    return data


def _key(key: Key) -> str:
    return ".".join(map(str, key))


def _table(entries: Sequence[BaseModel], model: type[BaseModel]) -> str:
    fields = model.model_fields
    default = {name: None if field.is_required() else field.default for name, field in fields.items()}
    used = [name for name in fields if any(getattr(entry, name) != default[name] for entry in entries)]
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(used)
    writer.writerows([cell(getattr(entry, name)) for name in used] for entry in entries)
    return out.getvalue()


def cell(value: object) -> str:
    """Return a value as a table of an inventory has it."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float():
            return f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else repr(value)
        case date():
            return value.isoformat()
        case str():
            return value
        case Iterable():
            return " ".join(map(str, value))
    return str(value)
