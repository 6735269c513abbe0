"""`mangrove profile test`: what a profile makes of a recorded walk, without any network."""

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Console

from agents.decode import Decoded, decode
from agents.layout import SCALAR, layout
from agents.rate import Counters
from agents.reading import walked
from agents.snmp import names
from agents.snmp.oids import Oid
from agents.snmp.varbinds import Varbind
from contract.catalog import Catalog, load_catalog
from contract.config_file import ConfigError, Problem, did_you_mean, load
from contract.printable import printable
from contract.profile import Profile
from contract.profiles import check
from mangrove.login import wrong
from mangrove.profile_compare import Rows, as_rows, differences, parse
from mangrove.readable import print_tables
from mangrove.record.walks import load as load_walk
from mangrove.shipped import shipped_config
from mangrove.words import word

_UP_TIME: Oid = (1, 3, 6, 1, 2, 1, 1, 3, 0)
_MS = 10  # of a hundredth of a second


def test(
    profile: str, walks: Sequence[Path], expected: Path | None, catalog_file: Path | None, *, as_json: bool
) -> int:
    """Decode the walks, one after the other, and print what the last one gives; 1 when it is not what is expected, or
    nothing.

    Raises:
        ConfigError: a file cannot be used.
    """
    catalog = load_catalog(catalog_file or shipped_config() / "catalog.yaml")
    result = decoded(_profile(profile, catalog), [load_walk(path) for path in walks])
    tables = result.tables
    for table in tables:
        catalog.check(table)
    for complaint in result.complaints:
        print(printable(complaint), file=sys.stderr)
    if expected is None:
        if as_json:
            print(json.dumps(as_rows(tables), ensure_ascii=False, indent=2))
        else:
            print_tables(Console(), tables, catalog)
        if not tables:
            print(word("profile_nothing"), file=sys.stderr)
        return 0 if tables else 1
    found = differences(_expected(expected), as_rows(tables))
    for one in found:
        print(printable(one))
    print(word("as_expected") if not found else word("not_as_expected", count=len(found)), file=sys.stderr)
    return 1 if found else 0


def decoded(profile: Profile, walks: Iterable[Sequence[Varbind]]) -> Decoded:
    """Return the tables of the last walk and what of it could not be read; the walks before it give the rates. The time
    between them is the device's own."""
    counters, last = Counters(), Decoded()
    before, mono_ms = 0, 0
    for walk in walks:
        uptime = next((one.value for one in walk if one.oid == _UP_TIME and isinstance(one.value, int)), None)
        # Our clock has gone as far, or not at all where the device's fell: then it has restarted.
        mono_ms += max(0, (uptime or 0) - before) * _MS
        before = uptime or 0
        counters.begin(uptime, mono_ms)
        found = _sorted(walk, {oid for table in profile.tables if not table.scalar for oid in table.objects()})
        scalars = {name: oid for table in profile.tables for name, oid in table.scalars().items()}
        found |= {scalars[one.oid]: {SCALAR: one} for one in walk if one.oid in scalars and one.tag not in names.EMPTY}
        readings = []
        for place, table in enumerate(profile.tables):
            made = layout(table, found, along=False)
            readings.append(walked(place, made, found, counts=True))
        last = decode(readings, counters)
    return last


def _sorted(walk: Iterable[Varbind], columns: set[Oid]) -> dict[Oid, dict[Oid, Varbind]]:
    found: dict[Oid, dict[Oid, Varbind]] = {}
    lengths = sorted({len(column) for column in columns}, reverse=True)
    for one in walk:
        if one.tag not in names.EMPTY and (
            column := next((one.oid[:n] for n in lengths if one.oid[:n] in columns), None)
        ):
            found.setdefault(column, {})[one.oid[len(column) :]] = one
    return found


def _profile(name: str, catalog: Catalog) -> Profile:
    shipped = {path.stem: path for path in (shipped_config() / "profiles").glob("*.yaml")}
    path = Path(name) if name.endswith((".yaml", ".yml")) or "/" in name else shipped.get(name)
    if path is None:
        raise wrong("PROFILE", f"there is no profile {name}{did_you_mean(name, shipped)}; a file ends in .yaml")
    loaded = load(path, Profile)
    if problems := check(loaded, catalog):
        raise ConfigError(problems)
    return loaded.value


def _expected(path: Path) -> Rows:
    try:
        return parse(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError([Problem(str(path), 0, "", f"cannot be read: {error.strerror or error}")]) from error
    except ValueError:
        hint = "is not what `mangrove profile test --json` prints"
        raise ConfigError([Problem(str(path), 0, "", hint)]) from None
