"""`mangrove profile new`: a draft of a profile, from a recorded walk and nothing else."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agents.snmp.oids import Oid, oid, text
from agents.snmp.varbinds import Varbind
from contract import durable
from contract.catalog import Catalog
from contract.config_file import ConfigError, Problem, parse
from contract.profile import Profile
from contract.profiles import check
from mangrove.draft import text as written
from mangrove.draft.draft import Table, tables
from mangrove.draft.groups import ENTERPRISES, groups
from mangrove.draft.known import Parted, parted
from mangrove.draft.tags import others
from mangrove.login import wrong
from mangrove.profile_list import shipped_or
from mangrove.profile_test import decoded
from mangrove.record.walks import load
from mangrove.words import word

_SHARED: tuple[Oid, ...] = ((1, 3, 6, 1, 4, 1, 8072), (0, 0))
"""sysObjectIDs that say nothing of the device: of net-snmp, which many makers build in, and of none."""
_MIB_DEPTH = 7
_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Draft:
    """Both files, and what there is in them."""

    profile: str
    catalog: str
    tables: int
    fields: int


def new(file: Path, below: Sequence[str], out: Path | None, folder: Path | None, catalog: Path | None) -> int:
    """Read the walk, write the draft to `out` and its catalog beside it, or both to stdout; 1 when the walk has nothing
    that no profile reads, or the draft gives no rows of it.

    Raises:
        ConfigError: a file or an option cannot be used.
    """
    roots = _roots(below)
    beside = _beside(out) if out else None
    walk = load(file)
    found = parted(walk, shipped_or(folder, catalog)[0])
    for line in _left_to_others(found):
        print(line, file=sys.stderr)
    wanted, rest = _wanted(found.left, roots)
    if rest:
        print(word("draft_rest", what=_summary(rest)), file=sys.stderr)
    draft = make(walk, found, wanted, file.name, beside.name if beside else "")
    if draft is None:
        print(word("draft_nothing"), file=sys.stderr)
        return 1
    rows = tried(draft, walk)
    if out and beside:
        _write(out, draft.profile)
        _write(beside, draft.catalog)
        print(word("draft_next", profile=out, walk=file, catalog=beside), file=sys.stderr)
    else:
        print(draft.profile, end="")
        print("".join(f"# {line}\n" for line in draft.catalog.splitlines()), end="")
    print(word("draft_made", tables=draft.tables, fields=draft.fields, rows=rows), file=sys.stderr)
    return 0 if rows else 1


def make(walk: Sequence[Varbind], found: Parted, wanted: Sequence[Varbind], name: str, beside: str) -> Draft | None:
    """Return the draft of the `wanted` part of a walk, None when no field can be made of it."""
    made = tables(groups(wanted), others(walk))
    if not any(table.columns for table in made):
        return None
    title = found.sys_descr or name
    has = next((table.oid for table in made if table.columns), None)
    shared = any(found.sys_object_id[: len(one)] == one for one in _SHARED)
    known = () if found.sys_object_id[:2] == (0, 0) else found.sys_object_id
    lines = written.match(known, has, shared=shared, say=word)
    head = [word("draft_head", walk=name), word("draft_head_guess"), *_left_to_others(found)]
    after = word("draft_head_catalog", catalog=beside) if beside else word("draft_head_below")
    profile = written.profile(made, lines, [*head, after], title, word)
    return Draft(profile, written.catalog(made, [word("draft_catalog_head")], word), *_counts(made))


def tried(draft: Draft, walk: Sequence[Varbind]) -> int:
    """Return how many rows the draft gives of the walk.

    Raises:
        ConfigError: the draft is no profile, or not of its catalog.
    """
    profile = parse(draft.profile, Profile, "draft")
    catalog = parse(draft.catalog, Catalog, "draft's catalog").value
    if problems := check(profile, catalog):
        raise ConfigError(problems)
    return sum(len(table.rows) for table in decoded(profile.value, [walk]).tables)


def _roots(below: Sequence[str]) -> tuple[Oid, ...]:
    try:
        return tuple(oid(one) for one in below)
    except ValueError as error:
        raise wrong("--below", str(error)) from None


def _wanted(left: Sequence[Varbind], roots: Sequence[Oid]) -> tuple[list[Varbind], list[Varbind]]:
    """Part what is left into what is below the roots and the rest. Without roots they are the makers' own objects, or
    all where there are none."""
    under = roots or (ENTERPRISES,)
    wanted = [one for one in left if any(one.oid[: len(root)] == root for root in under)]
    if not wanted and not roots:
        return list(left), []
    kept = {one.oid for one in wanted}
    return wanted, [one for one in left if one.oid not in kept]


def _left_to_others(found: Parted) -> list[str]:
    return [word("draft_read", count=count, profile=name) for name, count in found.read.items()]


def _summary(rest: Sequence[Varbind]) -> str:
    counts: dict[str, int] = {}
    for one in rest:
        prefix = text(one.oid[:_MIB_DEPTH])
        counts[prefix] = counts.get(prefix, 0) + 1
    most = sorted(counts.items(), key=lambda pair: -pair[1])[:_SHOWN]
    return ", ".join(f"{prefix} ({count})" for prefix, count in most)


def _counts(made: Sequence[Table]) -> tuple[int, int]:
    whole = [table for table in made if table.columns]
    return len(whole), sum(len(table.columns) for table in whole)


def _beside(out: Path) -> Path:
    """Return where the catalog of a draft goes: not `*.yaml`, so that a folder of profiles does not take it for one."""
    if out.suffix != ".yaml":
        raise wrong("--out", "is a file that ends in .yaml")
    beside = out.with_suffix(".catalog.yml")
    for path in (out, beside):
        if path.exists():
            raise wrong("--out", f"{path} is there already: a draft that somebody has worked on is not written over")
    return beside


def _write(path: Path, said: str) -> None:
    try:
        durable.replace(path, said.encode())
    except OSError as error:
        raise ConfigError([Problem(str(path), 0, "", f"cannot be written: {error.strerror}")]) from error
