"""`mangrove incidents`, `ack`, `why` and `maintenance`: the running collector is asked, people get an answer."""

import json
import re
import sys
import time
from collections.abc import Mapping
from datetime import datetime, tzinfo
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from collector.app import SOCKET
from collector.config import load_collector_config
from collector.control import ControlError, ask
from collector.oncall.config import read_oncall
from contract.config_file import ConfigError, Problem
from mangrove.words import language, word

_LASTS = re.compile(r"(\d{1,4})([mhd])")
_SECONDS = {"m": 60, "h": 3600, "d": 86_400}
Answer = Mapping[str, object]


def show(config: Path, *, every: bool, as_json: bool) -> int:
    """Print the incidents, open ones with the text of their page; 1 when the collector does not answer."""
    found = _asked(config, "incidents", all=every)
    if found is None:
        return 1
    console = Console()
    for incident in found:
        if as_json:
            print(json.dumps(incident, ensure_ascii=False))
            continue
        taken = word("taken_by", who=incident["acked_by"]) if incident["acked"] else word("taken_by_nobody")
        state = word("is_over", at=_clock(incident["resolved"], config)) if incident["resolved"] else taken
        place = incident["where"] or str(incident["about"]).partition("|")[2]
        console.print(Text(f"{incident['key']}  {place}: {incident['what']}", style="bold"), soft_wrap=True)
        console.print(Text(f"    {state}"), soft_wrap=True)
        for line in str(incident["text"]).splitlines() if not incident["resolved"] else ():
            console.print(Text(f"    {line}", style="dim"), soft_wrap=True)
    if not found and not as_json:
        print(word("no_incidents"))
    return 0


def acknowledge(config: Path, incident: str, who: str) -> int:
    """Take an incident; 1 when it cannot be taken."""
    answer = _ask(config, "ack", id=_key(incident), who=who)
    if answer is None:
        return 1
    print(f"{cast('Answer', answer)['key']}: {word('taken_by', who=who)}")
    return 0


def explain(config: Path, about: str) -> int:
    """Print the decisions about an incident or a device, and the alerts that it has now."""
    answer = _ask(config, "why", id=_key(about))
    if answer is None:
        return 1
    said = cast("Mapping[str, list[Answer]]", answer)
    console = Console()
    for decision in said["decisions"]:
        line = f"{_clock(decision['at'], config)}  {decision['about']}: {decision['text']}"
        console.print(Text(line), soft_wrap=True)
    alerts = cast("Mapping[str, Answer]", said["alerts"])
    for name, alert in alerts.items():
        line = f"{word('now')}: {name} {alert['state']}, {word('since')} {_clock(alert['since'], config)}"
        console.print(Text(line, style="bold"), soft_wrap=True)
    if not said["decisions"] and not alerts:
        print(word("nothing_decided"))
    return 0


def plan(config: Path, subject: str, since: str, until: str, reason: str) -> int:
    """Announce maintenance; 1 when the collector refuses.

    Raises:
        ConfigError: a time is none, or maintenance would end before it begins.
    """
    zone = _zone(config)
    first = _instant(since, zone) if since else time.time()
    lasts = _LASTS.fullmatch(until)
    last = first + int(lasts[1]) * _SECONDS[lasts[2]] if lasts else _instant(until, zone)
    if last <= first:
        raise ConfigError([Problem("--until", 0, "", "is not after --from: a later time, or how long: 90m, 4h, 2d")])
    window = {"subject": subject, "since": int(first * 1000), "until": int(last * 1000)}
    windows = _ask(config, "maintenance", **window, reason=reason)
    if windows is None:
        return 1
    times = {name: _clock(window[name], config) for name in ("since", "until")}
    print(word("announced", subject=subject, **times))
    return _windows(windows, config)


def planned(config: Path) -> int:
    """List what is announced; 1 when the collector does not answer."""
    return _windows(_ask(config, "maintenance"), config)


def _windows(windows: object | None, config: Path) -> int:
    if windows is None:
        return 1
    if not windows:
        print(word("no_maintenance"))
        return 0
    table = Table(*(word(name) for name in ("subject", "since", "until", "reason")))
    for window in cast("list[Answer]", windows):
        times = (_clock(window[name], config) for name in ("since", "until"))
        table.add_row(Text(str(window["subject"])), *times, Text(str(window["reason"])))
    Console().print(table)
    return 0


def _key(text: str) -> str:
    """A key as people copy it from a page: also `[#1F3A-12]`."""
    return text.strip("[]# ").lower()


def _asked(config: Path, question: str, **more: object) -> list[Answer] | None:
    return cast("list[Answer] | None", _ask(config, question, **more))


def _ask(config: Path, question: str, **more: object) -> object | None:
    try:
        return ask(load_collector_config(config)[0].data / SOCKET, question, language=language(), **more)
    except ControlError as error:
        print(error, file=sys.stderr)
        return None


def _zone(config: Path) -> tzinfo:
    """The time zone of the people on call, else that of this host."""
    oncall = load_collector_config(config)[0].oncall
    if oncall is not None:
        return ZoneInfo(read_oncall(oncall).rotation.time_zone)
    return datetime.now().astimezone().tzinfo or ZoneInfo("UTC")


def _clock(at: object, config: Path) -> str:
    return datetime.fromtimestamp(cast("int", at) / 1000, _zone(config)).strftime("%Y-%m-%d %H:%M:%S")


def _instant(text: str, zone: tzinfo) -> float:
    try:
        at = datetime.fromisoformat(text)
        seconds = (at if at.tzinfo else at.replace(tzinfo=zone)).timestamp()
    except (ValueError, OverflowError):
        seconds = -1.0
    if seconds < 0:
        hint = 'is no time: write "2026-02-17 22:00" in local time, or how long: 90m, 4h, 2d'
        raise ConfigError([Problem(text[:40], 0, "", hint)])
    return seconds
