"""A proposal on the terminal, and as a table or YAML for who looks it over elsewhere."""

import csv
import io
from collections.abc import Iterable, Sequence, Sized

import yaml
from rich.console import Console
from rich.table import Table
from rich.text import Text

from contract.inventory import Device
from contract.inventory_folder import cell
from mangrove.asking import SNMP_PORT
from mangrove.discover.propose import New, Proposal
from mangrove.readable import plain
from mangrove.words import word

MOST = 200
"""Rows that are printed of a kind."""
COLUMNS = ("id", "site", "agent", "level", "role", "vendor", "address", "port", "profiles", "credential")
_GUESS = "?"
_EMPTY = "-"
_DESCR = 100  # characters of sysDescr


def print_proposal(console: Console, proposal: Proposal) -> None:
    """Print what is new, what has changed, what is silent, what refuses us, which links there seem to be; then how
    many of each."""
    if proposal.new:
        table = _table("discover_new", ["discover_id", "discover_address", "discover_says"])
        for column in table.columns[:2]:
            column.no_wrap = True  # what people copy
        for new in proposal.new[:MOST]:
            table.add_row(plain(new.id), _lines(_addresses(new)), _lines(_says(new)))
        console.print(table)
    if proposal.changed:
        names = ("id", "what", "before", "after")
        table = Table(
            *(word(f"difference_{name}") for name in names), title=word("discover_changed"), title_justify="left"
        )
        for change in proposal.changed[:MOST]:
            for edit in change.edits():
                cells = (change.after.id, edit.name, cell(edit.before), cell(edit.after))
                table.add_row(*(plain(one) for one in cells))
        console.print(table)
    _list(console, "discover_silent", [f"{one.id} {one.address}" for one in proposal.silent])
    _list(console, "discover_refused", [f"{one.address}: {one.reason}" for one in proposal.refused])
    _list(console, "discover_links", [f"{link.ends[0]} - {link.ends[1]}" for link in proposal.links])
    counts: dict[str, Sized] = {
        "new": proposal.new,
        "other": proposal.changed,
        "same": proposal.same,
        "silent": proposal.silent,
        "unjudged": proposal.unjudged,
        "refused": proposal.refused,
    }
    said = ", ".join(word(f"discover_count_{name}", count=len(some)) for name, some in counts.items())
    print(said)


def rows(proposal: Proposal) -> list[dict[str, object]]:
    """Return the rows of `devices` that are new or have changed, for a file; an unknown site is left empty."""
    changed = [change.after.model_dump(mode="json", exclude_defaults=True) for change in proposal.changed]
    return [*(dict(new.row) for new in proposal.new), *changed]


def as_csv(some: Sequence[dict[str, object]]) -> str:
    """Return rows as the table `devices.csv` has them."""
    known = [*COLUMNS, *(name for name in Device.model_fields if name not in COLUMNS)]
    used = [name for name in known if name in COLUMNS or any(row.get(name) is not None for row in some)]
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(used)
    writer.writerows([cell(row.get(name)) for name in used] for row in some)
    return out.getvalue()


def as_yaml(some: Sequence[dict[str, object]]) -> str:
    """Return rows as `inventory.yaml` has them."""
    kept = [{name: value for name, value in row.items() if value not in (None, [])} for row in some]
    return yaml.safe_dump({"devices": kept}, allow_unicode=True, sort_keys=False)


def _addresses(new: New) -> list[str]:
    port = new.host.found.port
    return [address if port == SNMP_PORT else f"{address} :{port}" for address in new.host.addresses]


def _says(new: New) -> list[str]:
    """Return what is known and what is guessed of it, the profiles that fit it, and how it describes itself."""
    found = new.host.found
    facts = [
        f"{word(f'discover_{name}')} {cell(new.row[name]) or _EMPTY}{_GUESS if name in new.guessed else ''}"
        for name in ("credential", "vendor", "role", "site")
    ]
    descr = " ".join(found.known.sys_descr.split())[:_DESCR]
    return [line for line in (", ".join(facts), " ".join(found.profiles), descr) if line]


def _lines(some: Iterable[str]) -> Text:
    return Text("\n").join(plain(line) for line in some)


def _table(title: str, headings: Iterable[str]) -> Table:
    return Table(*(word(heading) for heading in headings), title=word(title), title_justify="left")


def _list(console: Console, heading: str, some: Sequence[str]) -> None:
    if some:
        console.print(word(heading), style="bold")
        for one in some[:MOST]:
            console.print(plain(f"  {one}"), soft_wrap=True)
        if len(some) > MOST:
            print(word("difference_more", count=len(some) - MOST))
