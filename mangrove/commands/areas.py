"""`mangrove areas`: for who keeps the inventory."""

from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Areas of an inventory: provinces, districts, communes.")
DAY = ["%Y-%m-%d"]
Folder = Annotated[Path, typer.Argument(help="The inventory: a folder, or a file.")]


class Level(StrEnum):
    """What the outlines are of."""

    PROVINCE = "province"
    DISTRICT = "district"
    COMMUNE = "commune"


@app.command("list")
def areas_list(
    folder: Folder,
    at: Annotated[datetime | None, typer.Option(formats=DAY, help="On that day; today when left out.")] = None,
) -> None:
    """Print the areas that are valid on a day."""
    from mangrove.areas import show

    raise typer.Exit(show(folder, _day(at) or date.today()))  # noqa: DTZ011  # the day of who asks


@app.command("import")
def areas_import(
    file: Annotated[Path, typer.Argument(help="GeoJSON with a polygon for each area, in degrees (WGS 84).")],
    into: Annotated[Path, typer.Option(help="The folder of the inventory.")],
    level: Annotated[Level, typer.Option(help="What the polygons are of.")] = Level.COMMUNE,
    name_key: Annotated[str, typer.Option(help="The property with the name; the usual ones when left out.")] = "",
    code_key: Annotated[str, typer.Option(help="The property with the official code.")] = "",
    add: Annotated[bool, typer.Option("--add", help="Add the areas that are not there yet.")] = False,
    parent: Annotated[str | None, typer.Option(help="Above the areas that are added.")] = None,
    since: Annotated[datetime | None, typer.Option(formats=DAY, help="From when on these are valid.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be.")] = False,
) -> None:
    """Take official outlines into an inventory: matched by code, else by name. Exit code 1 if one matches no area."""
    from mangrove.area_match import Rule
    from mangrove.areas import bring

    rule = Rule(level.value, name_key, code_key, add=add, parent=parent, since=_day(since))
    raise typer.Exit(bring(file, into, rule, dry_run=dry_run))


def _day(at: datetime | None) -> date | None:
    return at.date() if at else None
