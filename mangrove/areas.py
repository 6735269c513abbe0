"""`mangrove areas`: which areas there are and were, and their official outlines out of a GeoJSON file."""

import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.table import Table

from contract import inventory_folder, outlines
from contract.config_file import ConfigError, Problem
from contract.inventory import Area
from mangrove.area_match import Match, Rule, match, merged, placed, valid
from mangrove.readable import plain
from mangrove.words import word


def show(folder: Path, at: date) -> int:
    """Print the areas that were valid on that day.

    Raises:
        ConfigError: the inventory cannot be read.
    """
    table = Table(*(word(f"area_{name}") for name in ("id", "name", "level", "parent", "since", "until")))
    for area in inventory_folder.read(folder).value.areas:
        if (area.since is None or area.since <= at) and (area.until is None or at < area.until):
            texts = (area.id, area.name, word(f"area_{area.level}"), area.parent, area.since, area.until)
            table.add_row(*(plain("" if text is None else str(text)) for text in texts))
    Console().print(table)
    return 0


def bring(file: Path, folder: Path, rule: Rule, *, dry_run: bool) -> int:
    """Match, print, and unless it is a trial write; 1 when an outline has no area.

    Raises:
        ConfigError: the outlines or the inventory cannot be used.
    """
    features = outlines.read(file)
    areas = inventory_folder.read(folder).value.areas
    if not folder.is_dir() or (areas and not (folder / "areas.csv").exists()):
        text = "the areas are not in a table of their own, which could be changed: put them into areas.csv of a folder"
        raise ConfigError([Problem(str(folder), 0, "", text)])
    matches = match(features, areas, rule)
    _print(matches, valid(areas, rule.level))
    unknown = sum(one.area is None for one in matches)
    if unknown:
        print(word("areas_unknown", count=unknown), file=sys.stderr)
    if not dry_run:
        before = folder / outlines.FILE
        there = merged(outlines.read(before) if before.exists() else [], matches, file.name)
        try:
            inventory_folder.write_table(folder, "areas", placed(areas, matches))
            outlines.write(there, before)
        except OSError as error:
            raise ConfigError([Problem(str(folder), 0, "", f"cannot be written: {error.strerror}")]) from error
        print(word("areas_written", count=len(matches) - unknown, folder=folder))
    return 1 if unknown else 0


def _print(matches: Sequence[Match], areas: Sequence[Area]) -> None:
    table = Table(*(word(f"areas_{name}") for name in ("feature", "area", "what")))
    for one in matches:
        what = "areas_none" if one.area is None else "areas_new" if one.new else "areas_known"
        table.add_row(plain(one.name), plain(one.area.id if one.area else ""), word(what))
    found = {one.area.id for one in matches if one.area}
    for area in areas:
        if area.id not in found:
            table.add_row("", plain(area.id), word("areas_left"))
    Console().print(table)
