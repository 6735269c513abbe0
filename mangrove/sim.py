"""`mangrove sim`: faults on command in a running simulator, and what is true there."""

import json
import re
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import cast

from rich.console import Console
from rich.table import Table

from contract.config_file import ConfigError, Problem
from contract.control import ControlError, ask
from contract.printable import printable
from mangrove.demo.place import CONTROL, NoDemoError, running
from mangrove.readable import plain
from mangrove.words import word
from simulator.clock import VIET_NAM

_LASTS = re.compile(r"(\d{1,6})([smhd])")
_UNIT_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
MANY = 6  # names in a row
Answer = Mapping[str, object]


def break_(socket: Path | None, element: str, kind: str, lasts: str) -> int:
    """Let a fault begin; 1 when the simulator refuses.

    Raises:
        ConfigError: `lasts` is no duration.
    """
    found = _LASTS.fullmatch(lasts)
    if found is None:
        raise ConfigError([Problem("--for", 0, "", "is how long it lasts in the province: 90s, 30m, 4h, 2d")])
    seconds = int(found[1]) * _UNIT_S[found[2]]
    return _told(_ask(socket, "break", element=element, kind=kind, for_s=seconds))


def mend(socket: Path | None, element: str, kind: str) -> int:
    """End a fault before its time; 1 when there is none."""
    return _told(_ask(socket, "mend", element=element, kind=kind))


def state(socket: Path | None, element: str, *, as_json: bool) -> int:
    """Print the faults that last, of the element if it is given, and who is not heard; 1 when nobody answers."""
    answer = cast("Answer | None", _ask(socket, "state", element=element))
    if answer is None:
        return 1
    if as_json:
        print(json.dumps(answer, ensure_ascii=False))
        return 0
    console = Console()
    console.print(plain(word("sim_now", time=_time(answer["now"])), style="bold"))
    faults = cast("Sequence[Answer]", answer["faults"])
    if faults:
        table = Table(box=None, header_style="bold", pad_edge=False)
        for name in ("sim_element", "sim_kind", "sim_cause", "since", "until"):
            table.add_column(word(name), no_wrap=True)
        for fault in faults:
            cells = (fault["element"], fault["kind"], fault["cause"], _time(fault["since"]), _time(fault["until"]))
            table.add_row(*(printable(str(cell)) for cell in cells))
        console.print(table)
    else:
        console.print(word("sim_no_faults"))
    unheard = cast("Sequence[str]", answer["unheard"])
    console.print(plain(word("sim_unheard", names=_names(unheard))), soft_wrap=True)
    for about in ("site", "link"):
        for name, value in cast("Answer", answer.get(about, {})).items():
            console.print(plain(f"{name}: {round(value, 2) if isinstance(value, float) else value}", style="dim"))
    return 0


def _told(changes: object) -> int:
    """Print what has come to pass."""
    if changes is None:
        return 1
    for change in cast("Sequence[Answer]", changes):
        lost, back = (_names(cast("Sequence[str]", change[way])) for way in ("down", "up"))
        what = f"{_time(change['time'])}  {change['element']}: {change['state']}"
        told = [word("sim_lost", names=lost)] if lost else []
        told += [word("sim_back", names=back)] if back else []
        print(printable("   ".join([what, *told])))
    return 0


def _names(names: Sequence[str]) -> str:
    more = f" … ({len(names)})" if len(names) > MANY else ""
    return " ".join(names[:MANY]) + more


def _time(seconds: object) -> str:
    return f"{datetime.fromtimestamp(cast('float', seconds), VIET_NAM):%Y-%m-%d %H:%M}"


def _ask(socket: Path | None, question: str, **more: object) -> object:
    """Ask the simulator; None when it says no, which is printed."""
    try:
        return ask(socket or running() / CONTROL, question, **more)
    except (ControlError, NoDemoError) as error:
        print(printable(str(error)), file=sys.stderr)
        return None
