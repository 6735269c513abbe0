"""`mangrove incidents`, `ack`, `why` and `maintenance`: the running collector is asked, people get an answer."""

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import cast

from rich.console import Console
from rich.table import Table

from collector.config import SOCKET, load_collector_config
from contract.config_file import ConfigError, Problem
from contract.control import ControlError, ask
from contract.printable import printable
from mangrove.local_time import instant, zone
from mangrove.readable import plain
from mangrove.words import language, word

_LASTS = re.compile(r"(\d{1,4})([mhd])")
_UNIT_MS = {"m": 60_000, "h": 3_600_000, "d": 86_400_000}
Answer = Mapping[str, object]


def show(config: Path, *, every: bool, as_json: bool) -> int:
    """Print the incidents, open ones with the text of their page; 1 when the collector does not answer."""
    collector = _collector(config)
    found = cast("list[Answer] | None", collector.ask("incidents", all=every))
    if found is None:
        return 1
    console = Console()
    for incident in found:
        if as_json:
            print(json.dumps(incident, ensure_ascii=False))
            continue
        taken = word("taken_by", who=incident["acked_by"]) if incident["acked"] else word("taken_by_nobody")
        state = word("is_over", at=collector.clock(incident["resolved"])) if incident["resolved"] else taken
        place = incident["where"] or str(incident["about"]).partition("|")[2]
        head = f"{incident['key']}  {place}: {incident['what']}"
        console.print(plain(head, style="bold"), soft_wrap=True)
        console.print(plain(f"    {state}"), soft_wrap=True)
        for line in str(incident["text"]).splitlines() if not incident["resolved"] else ():
            console.print(plain(f"    {line}", style="dim"), soft_wrap=True)
    if not found and not as_json:
        print(word("no_incidents"))
    return 0


def acknowledge(config: Path, incident: str, who: str) -> int:
    """Take an incident; 1 when it cannot be taken."""
    answer = cast("Answer | None", _collector(config).ask("ack", id=_key(incident), who=who))
    if answer is None:
        return 1
    print(printable(f"{answer['key']}: {word('taken_by', who=who)}"))
    return 0


def explain(config: Path, about: str) -> int:
    """Print the decisions about an incident or a device, how its pages went, and how it is now."""
    collector = _collector(config)
    answer = collector.ask("why", id=_key(about))
    if answer is None:
        return 1
    said = cast("Mapping[str, list[Answer]]", answer)
    console = Console()
    for decision in said["decisions"]:
        line = f"{collector.clock(decision['at'])}  {decision['about']}: {decision['text']}"
        console.print(plain(line), soft_wrap=True)
    for notice in said["notices"]:
        what = cast("Answer", notice["notice"])
        how = " ".join(str(notice[name]) for name in ("outcome", "channel", "error") if notice[name])
        at = collector.clock(notice["settled_ms"] or notice["added_ms"])
        console.print(plain(f"{at}  {what['action']} to {what['person']}: {how}"), soft_wrap=True)
    for name, status in cast("Mapping[str, str]", said["status"]).items():
        console.print(plain(f"{word('now')}: {name} {word(f'wall_{status}')}", style="bold"), soft_wrap=True)
    alerts = cast("Mapping[str, Answer]", said["alerts"])
    for name, alert in alerts.items():
        line = f"{word('now')}: {name} {alert['state']}, {word('since')} {collector.clock(alert['since'])}"
        console.print(plain(line, style="bold"), soft_wrap=True)
    if not said["decisions"] and not alerts:
        print(word("nothing_decided"))
    return 0


def plan(config: Path, subject: str, since: str, until: str, reason: str) -> int:
    """Announce maintenance; 1 when the collector refuses.

    Raises:
        ConfigError: a time is none, or maintenance would end before it begins.
    """
    collector = _collector(config)
    first = _ms(instant(since, collector.zone) if since else datetime.now(UTC))
    if lasts := _LASTS.fullmatch(until):
        last = first + int(lasts[1]) * _UNIT_MS[lasts[2]]
    else:
        last = _ms(instant(until, collector.zone, ", or how long it lasts: 90m, 4h, 2d"))
    if last <= first:
        raise ConfigError([Problem("--until", 0, "", "is not after --from: a later time, or how long: 90m, 4h, 2d")])
    windows = collector.ask("maintenance", subject=subject, since=first, until=last, reason=reason)
    if windows is None:
        return 1
    print(word("announced", subject=subject, since=collector.clock(first), until=collector.clock(last)))
    return _windows(collector, windows)


def planned(config: Path) -> int:
    """List what is announced; 1 when the collector does not answer."""
    collector = _collector(config)
    return _windows(collector, collector.ask("maintenance"))


def unplan(config: Path, number: int) -> int:
    """Take maintenance back, and list what is left; 1 when there is none of that number."""
    collector = _collector(config)
    return _windows(collector, collector.ask("maintenance", remove=number))


@dataclass(frozen=True, slots=True)
class _Collector:
    """The running collector, and the zone in which its people read times."""

    socket: Path
    zone: tzinfo

    def ask(self, question: str, **more: object) -> object | None:
        try:
            return ask(self.socket, question, language=language(), **more)
        except ControlError as error:
            print(error, file=sys.stderr)
            return None

    def clock(self, at: object) -> str:
        return datetime.fromtimestamp(cast("int", at) / 1000, self.zone).strftime("%Y-%m-%d %H:%M:%S")


def _collector(config: Path) -> _Collector:
    loaded, _ = load_collector_config(config)
    return _Collector(loaded.data / SOCKET, zone(loaded.oncall))


def _windows(collector: _Collector, windows: object | None) -> int:
    if windows is None:
        return 1
    if not windows:
        print(word("no_maintenance"))
        return 0
    table = Table("#", *(word(name) for name in ("subject", "since", "until", "reason")))
    for window in cast("list[Answer]", windows):
        times = (collector.clock(window[name]) for name in ("since", "until"))
        table.add_row(str(window["id"]), plain(str(window["subject"])), *times, plain(str(window["reason"])))
    Console().print(table)
    return 0


def _key(text: str) -> str:
    """A key as people copy it from a page: also `[#1F3A-12]`."""
    return text.strip("[]# ").lower()


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
