"""`mangrove profile list`: which profiles there are, what they produce and which devices they fit."""

from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from agents.snmp.oids import text
from contract.catalog import load_catalog
from contract.profile import Match, Profile
from contract.profiles import load_profiles
from mangrove.readable import plain
from mangrove.shipped import shipped_config
from mangrove.words import language, word

_HEADINGS = ("profile", "meaning", "tables", "columns", "fits")


def shipped_or(folder: Path | None) -> dict[str, Profile]:
    """Return the profiles of a folder, ours when left out.

    Raises:
        ConfigError: with every problem.
    """
    catalog = load_catalog(shipped_config() / "catalog.yaml")
    return load_profiles(folder or shipped_config() / "profiles", catalog)[0]


def show(folder: Path | None) -> int:
    """Print the profiles with their meaning, tables and columns, and what a device must have to fit.

    Raises:
        ConfigError: a profile cannot be read.
    """
    out = Table(*(word(f"profile_{name}") for name in _HEADINGS), show_lines=True)
    out.columns[_HEADINGS.index("columns")].justify = "right"
    for name, profile in shipped_or(folder).items():
        meaning = profile.vi if language() == "vi" else profile.en
        tables = _lines([table.measurement for table in profile.tables])
        columns = _lines([str(len(table.columns) + len(table.ratios)) for table in profile.tables])
        out.add_row(plain(name, "bold"), plain(meaning), tables, columns, _lines(_conditions(profile.match)))
    Console().print(out)
    return 0


def _conditions(match: Match) -> list[str]:
    keys = {
        "fits_object_id": [text(oid) for oid in match.sys_object_id],
        "fits_descr": match.sys_descr,
        "fits_has": [text(oid) for oid in match.has],
    }
    return [word(key, what=", ".join(some)) for key, some in keys.items() if some] or [word("fits_every")]


def _lines(texts: list[str]) -> Text:
    return Text("\n").join(map(plain, texts))
