"""`mangrove profile test`: what a profile makes of a recorded walk, without any network."""

import json
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from rich.console import Console

from agents.decode import decode
from agents.rate import Counters
from agents.reading import Reading, plan
from agents.snmp.oids import Oid
from agents.snmp.varbinds import Varbind
from contract.batch import Table
from contract.catalog import load_catalog
from contract.config_file import ConfigError, Problem, did_you_mean, load
from contract.printable import printable
from contract.profile import Profile
from contract.profiles import check
from mangrove.asking import wrong
from mangrove.profile_compare import Rows, as_rows, differences, parse
from mangrove.readable import print_tables
from mangrove.record import snmprec
from mangrove.shipped import shipped_config
from mangrove.words import word

_UP_TIME: Oid = (1, 3, 6, 1, 2, 1, 1, 3, 0)
_MS = 10  # of a hundredth of a second


def test(profile: str, walks: Sequence[Path], expected: Path | None, *, as_json: bool) -> int:
    """Decode the walks, one after the other, and print what the last one gives; 1 when it is not what is expected, or
    nothing.

    Raises:
        ConfigError: a file cannot be used.
    """
    catalog = load_catalog(shipped_config() / "catalog.yaml")
    tables = decoded(_profile(profile), [_walk(path) for path in walks])
    for table in tables:
        catalog.check(table)
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


def decoded(profile: Profile, walks: Sequence[Sequence[Varbind]]) -> list[Table]:
    """Return the tables of the last walk; the ones before it give the rates. The time between them is the device's."""
    counters = Counters()
    tables: list[Table] = []
    mono_ms = 0
    for before, walk in pairwise([None, *walks]):
        uptime, last = _uptime(walk), _uptime(before)
        # By our clock at least as long has passed as by a device's that has not restarted.
        mono_ms += max(0, uptime - last) * _MS
        tables = decode([profile], _reading(profile, walk, mono_ms), counters)
    return tables


def _uptime(walk: Sequence[Varbind] | None) -> int:
    found = [one.value for one in walk or () if one.oid == _UP_TIME and isinstance(one.value, int)]
    return found[0] if found else 0


def _reading(profile: Profile, walk: Sequence[Varbind] | None, mono_ms: int) -> Reading:
    reading = Reading(mono_ms=mono_ms)
    wanted = plan([profile])
    columns = {*wanted.scalars, *wanted.columns}
    lengths = sorted({len(column) for column in columns}, reverse=True)
    for one in walk or ():
        if column := next((one.oid[:n] for n in lengths if one.oid[:n] in columns), None):
            reading.add(column, one)
    return reading


def _profile(name: str) -> Profile:
    shipped = {path.stem: path for path in (shipped_config() / "profiles").glob("*.yaml")}
    path = Path(name) if name.endswith((".yaml", ".yml")) or "/" in name else shipped.get(name)
    if path is None:
        raise wrong("PROFILE", f"there is no profile {name}{did_you_mean(name, shipped)}; a file ends in .yaml")
    loaded = load(path, Profile)
    if problems := check(loaded, load_catalog(shipped_config() / "catalog.yaml")):
        raise ConfigError(problems)
    return loaded.value


def _walk(path: Path) -> list[Varbind]:
    try:
        walk, problems = snmprec.read(path.read_bytes())
    except OSError as error:
        raise ConfigError([Problem(str(path), 0, "", f"cannot be read: {error.strerror or error}")]) from error
    for problem in problems[:5]:
        print(f"{path}: {problem}", file=sys.stderr)
    if not walk:
        raise ConfigError([Problem(str(path), 0, "", "holds no object: a walk has lines OID|TAG|VALUE")])
    return walk


def _expected(path: Path) -> Rows:
    try:
        return parse(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError([Problem(str(path), 0, "", f"cannot be read: {error.strerror or error}")]) from error
    except ValueError:
        hint = "is not what `mangrove profile test --json` prints"
        raise ConfigError([Problem(str(path), 0, "", hint)]) from None
