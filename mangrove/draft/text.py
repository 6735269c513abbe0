"""A draft as the two files that people go on with: a profile, and what of it goes into the catalog. Pure."""

import json
from collections.abc import Iterable, Sequence
from typing import Protocol

from agents.snmp.oids import Oid, text
from contract.printable import printable
from mangrove.draft.draft import Column, Table
from mangrove.draft.guess import Why

_WIDE = 60  # characters of a description


class Say(Protocol):
    """A text of the words in the user's language, with its places."""

    def __call__(self, key: str, /, **places: object) -> str:
        """Return it."""


def profile(tables: Iterable[Table], match: Sequence[str], head: Sequence[str], title: str, say: Say) -> str:
    """Return the profile. `head` are lines of comment, `match` those of how it is known, `title` what it is of."""
    lines = [f"# {printable(line)}" for line in head]
    lines += [*_meaning(title, ""), *match, "tables:"]
    for table in tables:
        where = text(table.oid)
        if not table.columns:
            lines.append(f"  # {where}: {say('draft_only_facts', count=len(table.facts))}")
            continue
        kind = "draft_scalars" if table.tag is None else "draft_table"
        lines.append(f"  - measurement: {table.name} # {where}: {say(kind, columns=_count(table), rows=table.rows)}")
        if table.tag is None:
            lines.append("    scalar: true")
        else:
            second = f", otherwise: {text(table.tag.otherwise)}" if table.tag.otherwise else ""
            said = f"{{oid: {text(table.tag.oid)}{second}}}" if table.tag.oid else "{}"
            lines += ["    tags:", f"      {table.tag.name}: {said} # {_guess([table.tag.why], say)}"]
        lines.append("    columns:")
        lines += [_column(column, say) for column in table.columns]
        lines += [f"      # {text(oid)}: {_reasons([fact.why], say)}" for oid, fact in table.facts]
    return "".join(f"{line}\n" for line in lines)


def catalog(tables: Iterable[Table], head: Sequence[str], say: Say) -> str:
    """Return the measurements that the catalog does not have."""
    lines = [f"# {printable(line)}" for line in head] + ["measurements:"]
    for table in tables:
        if not table.columns:
            continue
        where = text(table.oid)
        lines += [
            f"  {table.name}:",
            f"    en: {_quoted(f'Draft: {where}')}",
            f"    vi: {_quoted(f'Bản nháp: {where}')}",
        ]
        if table.tag:
            lines += ["    tags:", f"      {table.tag.name}: {{en: Name of the row, vi: Tên của dòng}}"]
        lines.append("    fields:")
        lines += [_spec(column, say) for column in table.columns]
    return "".join(f"{line}\n" for line in lines)


def match(object_id: Oid, has: Oid | None, *, shared: bool, say: Say) -> list[str]:
    """Return how the device is known: by its sysObjectID, and by what it `has` where others share that, or there is
    none."""
    lines = ["match:"]
    if object_id:
        lines.append(f"  sys_object_id: [{text(object_id)}] # guess: {say('draft_match')}")
    if has and (shared or not object_id):
        lines.append(f"  has: [{text(has)}] # guess: {say('draft_match_has')}")
    return lines if len(lines) > 1 else []


def _column(column: Column, say: Say) -> str:
    field = column.field
    said = [f"oid: {text(column.oid)}"]
    if field.scale != 1.0:
        said.append(f"scale: {field.scale:g}")
    if field.rate:
        said.append(f"rate: {field.rate}")
    if field.sentinels:
        said.append(f"sentinels: [{', '.join(map(str, field.sentinels))}]")
    if field.text:
        said.append(f"text: [{', '.join(map(_quoted, field.text))}]")
    if field.real:
        said.append("real: true")
    return f"      {column.name}: {{{', '.join(said)}}} # {_guess(field.why, say)}"


def _spec(column: Column, say: Say) -> str:
    field, where = column.field, text(column.oid)
    said = [f"kind: {field.kind}", f"unit: {_quoted(field.unit)}"]
    said += [f"en: {_quoted(where)}", f"vi: {_quoted(where)}"]
    if field.states:
        names = ", ".join(f'{value}: "state {value}"' for value in field.states)
        said.append(f"values: {{{names}}}")
    return f"      {column.name}: {{{', '.join(said)}}} # {_guess(field.why, say)}"


def _meaning(what: str, indent: str) -> list[str]:
    return [f"{indent}en: {_quoted('Draft: ' + what)}", f"{indent}vi: {_quoted('Bản nháp: ' + what)}"]


def _guess(why: Iterable[Why], say: Say) -> str:
    return f"guess: {_reasons(why, say)}"


def _reasons(why: Iterable[Why], say: Say) -> str:
    return printable("; ".join(say(one.key, **one.places) for one in why))


def _count(table: Table) -> int:
    return len(table.columns) + len(table.facts)


def _quoted(said: str) -> str:
    """Return a text as a double-quoted scalar, which JSON and YAML write alike."""
    return json.dumps(printable(" ".join(said.split()))[:_WIDE], ensure_ascii=False)
