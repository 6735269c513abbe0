"""`mangrove alarms`: what devices have told by themselves, as the running collector has it."""

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any, cast

from rich.console import Console
from rich.table import Table

from collector.config import SOCKET, load_collector_config
from contract.control import ControlError, ask
from mangrove.local_time import zone
from mangrove.readable import plain
from mangrove.words import language, word

Row = Mapping[str, Any]
STYLES = {"critical": "bold red", "major": "red", "minor": "yellow", "warning": "cyan"}
MAX_SAID = 8
"""Objects of a notification that a table shows; all are in --json."""


def show(config: Path, *, site: str, every: bool, unknown: bool, as_json: bool) -> int:
    """Print the alarms that stand, `every` one with what is over, or what no definition knows; 1 when the collector
    does not answer or its inventory has no such site.

    Raises:
        ConfigError: the configuration cannot be used.
    """
    loaded, _ = load_collector_config(config)
    try:
        answer = cast("Row", ask(loaded.data / SOCKET, "alarms", site=site, all=every))
    except ControlError as error:
        print(error, file=sys.stderr)
        return 1
    rows: Sequence[Row] = answer["unknown" if unknown else "alarms"]
    if as_json:
        for row in rows:
            print(json.dumps(row, ensure_ascii=False))
        return 0
    console = Console()
    if rows:
        local = zone(loaded.oncall)
        console.print(_unknown(rows, local) if unknown else _alarms(rows, local, every=every))
    else:
        print(word("no_unknown_traps" if unknown else "no_alarms"))
    if answer["left_out"]:
        print(word("alarms_left_out", count=answer["left_out"]))
    if answer["unknown"] and not unknown:
        print(word("unknown_traps_hint", count=len(answer["unknown"])))
    return 0


def _alarms(rows: Sequence[Row], local: tzinfo, *, every: bool) -> Table:
    table = _table("severity", "site", "device", "alarm", "since", *(["ended"] if every else []), "times")
    for row in rows:
        stands = row["state"] == "raised"
        ended = [_clock(None if stands else row["cleared"], local)] if every else []
        table.add_row(
            plain(word(f"severity_{row['severity']}"), STYLES.get(row["severity"], "") if stands else "dim"),
            *map(plain, (row["site"], row["device"], row[language()], _clock(row["raised"] or row["last"], local))),
            *ended,
            str(row["times"]),
        )
    return table


def _unknown(rows: Sequence[Row], local: tzinfo) -> Table:
    table = _table("site", "device", "trap_oid", "times", "time", "varbinds")
    for row in rows:
        cells = [row["site"], row["device"], row["oid"], str(row["times"])]
        for one in row["said"]:
            table.add_row(*map(plain, (*cells, _clock(one["at"], local), _objects(one["varbinds"]))))
            cells = [""] * len(cells)
    return table


def _objects(varbinds: Sequence[Row]) -> str:
    said = [f"{one['oid']} = {one['value']}" for one in varbinds[:MAX_SAID]]
    return "; ".join([*said, "…"] if len(varbinds) > MAX_SAID else said)


def _table(*names: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for name in names:
        table.add_column(word(name), overflow="fold")
    return table


def _clock(at: int | None, local: tzinfo) -> str:
    return datetime.fromtimestamp(at / 1000, local).strftime("%Y-%m-%d %H:%M:%S") if at is not None else ""
